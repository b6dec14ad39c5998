package dev.darkroom.worker.develop;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Map;

/**
 * What to develop: a job with every default filled in. Names are those of diffusers.
 *
 * @param model runs the job; stays open until the job has ended
 * @param promptSyntax how both prompts are read
 * @param width in pixels, a multiple of the model's latent scale
 * @param height in pixels, a multiple of the model's latent scale
 * @param scheduler one of {@code Schedulers.names()}
 * @param schedulerConfig the checkpoint's {@code scheduler_config.json}, with what the caller overrides in it
 * @param guidanceScale 1 or less means no classifier-free guidance; a UNet that was distilled to take it in is told it
 * @param seed of the first picture; picture k uses {@code seed + k}
 * @param noise what the seed begins
 * @param clipSkip last layers of the text encoder to leave out; as diffusers, only the prompt's where prompts are
 *     plain
 * @param guidanceInterval the steps that are guided, of a job that is at all
 * @param cacheInterval of so many steps one runs the whole UNet, the others reuse its deep features
 * @param beginning what the pictures begin with beside noise
 */
public record DevelopRequest(
        LoadedModel model,
        String prompt,
        String negativePrompt,
        PromptSyntax promptSyntax,
        int width,
        int height,
        int numInferenceSteps,
        double guidanceScale,
        String scheduler,
        Map<String, Object> schedulerConfig,
        long seed,
        Noise noise,
        int numImages,
        int clipSkip,
        double guidanceRescale,
        double eta,
        GuidanceInterval guidanceInterval,
        int cacheInterval,
        Beginning beginning) {
    public DevelopRequest {
        schedulerConfig = Map.copyOf(schedulerConfig);
        int scale = model.description().latentScale();
        if (width <= 0 || width % scale != 0 || height <= 0 || height % scale != 0) {
            throw new IllegalArgumentException(
                    "Width and height must be positive multiples of " + scale + ", not " + width + " and " + height);
        }
        if (numInferenceSteps < 1) {
            throw new IllegalArgumentException("At least one step, not " + numInferenceSteps);
        }
        if (numImages < 1) {
            throw new IllegalArgumentException("At least one picture, not " + numImages);
        }
        checkSize(beginning, width, height);
        if (cacheInterval < 1) {
            throw new IllegalArgumentException("A whole step of at least one, not of " + cacheInterval);
        }
    }

    private static void checkSize(Beginning beginning, int width, int height) {
        beginning
                .given()
                .filter(picture -> picture.width() != width || picture.height() != height)
                .ifPresent(picture -> {
                    throw new IllegalArgumentException("A picture of " + picture.width() + "x" + picture.height()
                            + " is none to begin one of " + width + "x" + height + " with");
                });
    }

    /** A request without shortcuts nor a picture to begin with: all steps are guided, and run the whole UNet. */
    public DevelopRequest(
            LoadedModel model,
            String prompt,
            String negativePrompt,
            PromptSyntax promptSyntax,
            int width,
            int height,
            int numInferenceSteps,
            double guidanceScale,
            String scheduler,
            Map<String, Object> schedulerConfig,
            long seed,
            Noise noise,
            int numImages,
            int clipSkip,
            double guidanceRescale,
            double eta) {
        this(
                model,
                prompt,
                negativePrompt,
                promptSyntax,
                width,
                height,
                numInferenceSteps,
                guidanceScale,
                scheduler,
                schedulerConfig,
                seed,
                noise,
                numImages,
                clipSkip,
                guidanceRescale,
                eta,
                GuidanceInterval.ALWAYS,
                1,
                new Beginning.Blank());
    }

    /** The same with shortcuts. */
    public DevelopRequest with(GuidanceInterval interval, int everySoManySteps) {
        return with(interval, everySoManySteps, beginning);
    }

    /** The same from another beginning. */
    public DevelopRequest with(Beginning other) {
        return with(guidanceInterval, cacheInterval, other);
    }

    private DevelopRequest with(GuidanceInterval interval, int everySoManySteps, Beginning other) {
        return new DevelopRequest(
                model,
                prompt,
                negativePrompt,
                promptSyntax,
                width,
                height,
                numInferenceSteps,
                guidanceScale,
                scheduler,
                schedulerConfig,
                seed,
                noise,
                numImages,
                clipSkip,
                guidanceRescale,
                eta,
                interval,
                everySoManySteps,
                other);
    }

    /**
     * A scheduler for it, which begins where its pictures do.
     *
     * @throws UnsupportedSchedulerException when the model cannot be sampled so, or no step is left of them
     */
    public Scheduler newScheduler() {
        Scheduler whole = Schedulers.create(scheduler, schedulerConfig, numInferenceSteps, eta);
        int made = Math.min((int) (numInferenceSteps * beginning.share()), numInferenceSteps);
        int first = (numInferenceSteps - made) * whole.order();
        if (first >= whole.steps()) {
            throw new UnsupportedSchedulerException("Of " + numInferenceSteps + " steps a strength of "
                    + beginning.share() + " leaves none: it needs more of either");
        }
        return whole.from(first);
    }

    /**
     * Whether each picture takes several rows of a UNet call, in the steps that are guided. A UNet that is told the guidance
     * takes one, and no negative prompt.
     */
    boolean guided() {
        boolean byPicture = !(beginning instanceof Beginning.Edited edited) || edited.imageGuidanceScale() >= 1;
        return guidanceScale > 1 && byPicture && !model.description().guidanceEmbedded();
    }

    /**
     * Rows of a UNet call that each picture takes where a step is guided: {@code [prompt]}, {@code [negative, prompt]}, or
     * for one that is edited {@code [negative without the picture, negative, prompt]}.
     */
    int rowsOfAPicture() {
        int compared = beginning instanceof Beginning.Edited ? 2 : 1;
        return guided() ? 1 + compared : 1;
    }

    /** What its pictures keep at most on the heap for steps that reuse deep features; 0 where none does. */
    public long featureBytes() {
        int rows = rowsOfAPicture();
        int channels = model.unet().deepFeatures().map(DeepFeatures::channels).orElse(0);
        long picture = (long) rows * channels * latentHeight() * latentWidth() * Float.BYTES;
        return cacheInterval > 1 ? numImages * picture : 0;
    }

    int latentWidth() {
        return width / model.description().latentScale();
    }

    int latentHeight() {
        return height / model.description().latentScale();
    }

    /** Values of one latent picture. */
    int latentValues() {
        return model.description().latentChannels() * latentHeight() * latentWidth();
    }
}
