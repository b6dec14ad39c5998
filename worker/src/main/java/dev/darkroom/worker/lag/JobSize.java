package dev.darkroom.worker.lag;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How large a job is, as far as it says so itself.
 *
 * @param model empty for the workers' default
 * @param steps of one picture, those that cost less or more than a usual one counted for their part: a usual one is guided by
 *     a negative prompt, so takes two rows of a call, runs the whole UNet, and that once
 * @param pixels of one picture; empty for the model's native size
 */
record JobSize(Optional<String> model, double steps, int images, OptionalInt pixels) {
    /** Of the picture that a unit of work is a step of. */
    static final int UNIT_PIXELS = 512 * 512;

    /** Of a job that names neither steps nor a scheduler: what most of them take. */
    private static final int USUAL_STEPS = 25;

    /** Of a job that begins with a picture and does not say how much of it is made anew. */
    private static final double USUAL_STRENGTH = 0.8;

    /** Of a job that names none: any that is guidance at all. */
    private static final double USUAL_GUIDANCE = 7.5;

    /** Of a usual step. */
    private static final int USUAL_ROWS = 2;

    /** What is left of a step that reuses deep features, at the size of SD 1.5: README, Shortcuts. */
    private static final double REUSING = 0.1;

    /** A job of which nothing is known. */
    static final JobSize USUAL = new JobSize(Optional.empty(), USUAL_STEPS, 1, OptionalInt.empty());

    static JobSize of(GenerationJob job) {
        Optional<String> scheduler = job.scheduler().filter(Schedulers.names()::contains);
        int steps = made(
                job,
                job.numInferenceSteps()
                        .orElseGet(() -> scheduler.map(Schedulers::defaultSteps).orElse(USUAL_STEPS)));
        // What a job that names no scheduler has is its model's to say: one that calls the UNet once a step.
        int calls = scheduler.map(name -> Schedulers.calls(name, steps)).orElse(steps);
        return new JobSize(
                job.model(),
                weighed(job, calls),
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

    /** Goes through the calls of the UNet as the denoising loop does. */
    private static double weighed(GenerationJob job, int calls) {
        double weighed = 0;
        int kept = 0;
        for (int call = 0; call < calls; call++) {
            int rows = job.guidanceInterval().contains(call, calls) ? rows(job) : 1;
            boolean reuses = call % job.cacheInterval() != 0 && kept >= rows;
            kept = reuses ? kept : rows;
            weighed += (reuses ? REUSING : 1) * rows / USUAL_ROWS;
        }
        return weighed;
    }

    /** Of a guided step. What guidance a job has that names none is its model's to say: the usual one. */
    private static int rows(GenerationJob job) {
        OptionalDouble byPicture =
                job.given().map(GivenImage::imageGuidanceScale).orElse(OptionalDouble.empty());
        if (job.guidanceScale().orElse(USUAL_GUIDANCE) <= 1 || byPicture.orElse(1) < 1) {
            return 1;
        }
        return byPicture.isPresent() ? USUAL_ROWS + 1 : USUAL_ROWS;
    }

    /** Steps of a picture of 512x512. */
    double units(int nativePixels) {
        return steps * images * pixels.orElse(nativePixels) / UNIT_PIXELS;
    }
}
