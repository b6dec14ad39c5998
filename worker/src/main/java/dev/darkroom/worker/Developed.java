package dev.darkroom.worker;

import dev.darkroom.event.ModelRef;
import java.util.List;

/**
 * A job whose pictures are finished. Its model is not needed any more.
 *
 * @param images encoded
 * @param model that made them
 */
record Developed(ResolvedJob resolved, List<EncodedImage> images, ModelRef model) {
    Developed {
        images = List.copyOf(images);
    }
}
