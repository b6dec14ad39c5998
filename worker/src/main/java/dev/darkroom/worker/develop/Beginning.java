package dev.darkroom.worker.develop;

import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import java.util.Optional;

/** What a job's pictures begin with, beside noise. Pictures and masks have the size of those that are to be made. */
public sealed interface Beginning {
    /** Nothing: text to image. */
    record Blank() implements Beginning {}

    /**
     * A picture that is made anew: image to image.
     *
     * @param strength 0 to 1: the fraction of the steps that are made, the last ones; one that leaves no step is refused
     */
    record Anew(Picture picture, double strength) implements Beginning {
        public Anew {
            checkStrength(strength);
        }
    }

    /**
     * A picture of which a part is made anew: inpainting, with a model for that or with any other.
     *
     * @param mask what is made anew
     * @param strength as in {@link Anew}; at 1 nothing of what is under the mask is seen
     */
    record PartlyAnew(Picture picture, Mask mask, double strength) implements Beginning {
        public PartlyAnew {
            checkStrength(strength);
            if (picture.width() != mask.width() || picture.height() != mask.height()) {
                throw new IllegalArgumentException("A mask of " + mask.width() + "x" + mask.height()
                        + " does not cover a picture of " + picture.width() + "x" + picture.height());
            }
        }
    }

    /**
     * A picture that is changed as a text says: InstructPix2Pix (Brooks et al. 2022, arXiv:2211.09800).
     *
     * @param imageGuidanceScale how much the picture stays what it is; below 1 there is no guidance at all, as in diffusers
     */
    record Edited(Picture picture, double imageGuidanceScale) implements Beginning {
        public Edited {
            if (!Double.isFinite(imageGuidanceScale) || imageGuidanceScale < 0) {
                throw new IllegalArgumentException(
                        "The guidance by the picture must be a number from 0, not " + imageGuidanceScale);
            }
        }
    }

    /** The fraction of the steps that are made, the last ones. */
    default double share() {
        if (this instanceof Anew anew) {
            return anew.strength();
        }
        return this instanceof PartlyAnew partly ? partly.strength() : 1;
    }

    /** The given picture; empty where there is none. */
    default Optional<Picture> given() {
        if (this instanceof Anew anew) {
            return Optional.of(anew.picture());
        }
        if (this instanceof PartlyAnew partly) {
            return Optional.of(partly.picture());
        }
        return this instanceof Edited edited ? Optional.of(edited.picture()) : Optional.empty();
    }

    private static void checkStrength(double strength) {
        if (!(strength >= 0 && strength <= 1)) {
            throw new IllegalArgumentException("A strength must be from 0 to 1, not " + strength);
        }
    }
}
