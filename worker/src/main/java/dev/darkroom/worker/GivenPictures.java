package dev.darkroom.worker;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.UnreadablePictureException;
import java.util.Optional;

/**
 * The pictures that a job names, read and unpacked.
 *
 * @param image what the job's pictures begin with
 * @param mask where it is made anew
 */
record GivenPictures(NamedPicture image, Optional<NamedPicture> mask) {
    /**
     * A picture from outside.
     *
     * @param sha256 of its file, in hex
     */
    record NamedPicture(Picture picture, String sha256) {
        static NamedPicture of(byte[] file) throws UnreadablePictureException {
            return new NamedPicture(PictureReader.read(file), Sha256.hex(file));
        }
    }
}
