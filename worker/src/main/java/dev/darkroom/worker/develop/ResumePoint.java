package dev.darkroom.worker.develop;

import java.util.List;
import java.util.Optional;

/**
 * A generation that was stopped between two steps, as bytes. Another one of the same job goes on from them, and comes to
 * the same pictures, bit for bit, as one that was never stopped. Texts and first noise are made anew; a picture that reuses
 * deep features goes back to the step that made them. Immutable.
 */
public final class ResumePoint {
    private final byte[] bytes;
    private final int calls;

    private ResumePoint(byte[] bytes, int calls) {
        this.bytes = bytes;
        this.calls = calls;
    }

    /**
     * Where a generation was stopped. Empty when that is no place to go on from: no step was done, a step broke off in the
     * middle, numbers are not finite; or when it takes too many bytes.
     *
     * @param stopped has left the loop, see {@link Generation#done}
     * @param origin what the numbers depend on beside request and model
     * @param most bytes at most
     * @throws IllegalStateException when it has not left the loop
     * @throws dev.darkroom.worker.model.InferenceException when the model's weights have no hash
     */
    public static Optional<ResumePoint> of(Generation stopped, String origin, int most) {
        if (!stopped.done().isDone()) {
            throw new IllegalStateException("A generation belongs to the denoising loop until it is done");
        }
        int calls = stopped.places().stream().mapToInt(LatentImage.Place::step).sum();
        if (calls == 0 || !stopped.images().stream().allMatch(LatentImage::isWhole)) {
            return Optional.empty();
        }
        return new ResumeFormat(stopped, Fingerprint.of(stopped, origin))
                .write(most)
                .map(bytes -> new ResumePoint(bytes, calls));
    }

    /**
     * Takes a generation to where another one was stopped.
     *
     * @param fresh not yet handed to the loop
     * @param bytes from outside: nothing of them is believed, and unless they fit, the generation stays as it is
     * @param origin as in {@link #of}
     * @throws UnusableResumePointException when they do not fit
     * @throws dev.darkroom.worker.model.InferenceException when the model's weights have no hash
     */
    public static void resume(Generation fresh, byte[] bytes, String origin) throws UnusableResumePointException {
        List<Optional<PictureState>> pictures = new ResumeFormat(fresh, Fingerprint.of(fresh, origin)).read(bytes);
        fresh.resume(pictures);
    }

    /** What {@link #resume} takes; not copied, and not to be written to. */
    public byte[] bytes() {
        return bytes;
    }

    /** Steps that were done, added up over the pictures: what is saved by going on from here. */
    public int calls() {
        return calls;
    }
}
