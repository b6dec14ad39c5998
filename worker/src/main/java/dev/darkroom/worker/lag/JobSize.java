package dev.darkroom.worker.lag;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How large a job is, as far as it says so itself.
 *
 * @param model empty for the workers' default
 * @param pixels of one picture; empty for the model's native size
 */
record JobSize(Optional<String> model, int steps, int images, OptionalInt pixels) {
    /** Of the picture that a unit of work is a step of. */
    static final int UNIT_PIXELS = 512 * 512;

    /** Of a job that names neither steps nor a scheduler: what most of them take. */
    private static final int USUAL_STEPS = 25;

    /** Of a job that begins with a picture and does not say how much of it is made anew. */
    private static final double USUAL_STRENGTH = 0.8;

    /** A job of which nothing is known. */
    static final JobSize USUAL = new JobSize(Optional.empty(), USUAL_STEPS, 1, OptionalInt.empty());

    static JobSize of(GenerationJob job) {
        return new JobSize(
                job.model(),
                made(job, job.numInferenceSteps().orElseGet(() -> steps(job.scheduler()))),
                job.numImages(),
                job.width().isPresent() && job.height().isPresent()
                        ? OptionalInt.of(job.width().getAsInt() * job.height().getAsInt())
                        : OptionalInt.empty());
    }

    /** Of a picture that begins with another only the last steps are made. */
    private static int made(GenerationJob job, int steps) {
        double share = job.given()
                .map(given -> given.strength()
                        .orElse(
                                given.imageGuidanceScale().isPresent()
                                                || given.maskImage().isPresent()
                                        ? 1
                                        : USUAL_STRENGTH))
                .orElse(1.0);
        return Math.max(1, (int) (steps * share));
    }

    private static int steps(Optional<String> scheduler) {
        try {
            return scheduler.map(Schedulers::defaultSteps).orElse(USUAL_STEPS);
        } catch (UnsupportedSchedulerException e) {
            return USUAL_STEPS;
        }
    }

    /** Steps of a picture of 512x512. */
    double units(int nativePixels) {
        return (double) steps * images * pixels.orElse(nativePixels) / UNIT_PIXELS;
    }
}
