package dev.darkroom.worker;

import java.util.List;

/**
 * A job whose pictures are finished. Its model is not needed any more.
 *
 * @param images encoded
 * @param modelSha256 of the weights that made them, in hex
 */
record Developed(ResolvedJob resolved, List<EncodedImage> images, String modelSha256) {
    Developed {
        images = List.copyOf(images);
    }
}
