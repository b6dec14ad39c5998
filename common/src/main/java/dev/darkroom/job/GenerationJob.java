package dev.darkroom.job;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A request for pictures, version 1. Valid by construction: a field that breaks its rule in {@link JobRules} is an
 * {@link IllegalArgumentException} that names the field, the rule and the value. What is left open ({@code Optional}) is
 * the model's or the worker's to choose.
 *
 * @param id names the job, its events and its pictures; two jobs with one id must be the same job
 * @param model the model's id in the catalogue
 * @param loras that change the model, in order of id
 * @param promptSyntax how both prompts are read
 * @param width of the picture in pixels
 * @param height of the picture in pixels
 * @param guidanceScale 1 or less: no classifier-free guidance
 * @param seed of the first picture, see {@link #imageSeed}
 * @param noise what the seed begins
 * @param clipSkip the last layers of the text encoder that are left out, as in diffusers
 * @param guidanceRescale 0 to 1, as in diffusers
 * @param guidanceInterval the steps that are guided
 * @param cacheInterval of so many steps one runs the whole UNet, the others reuse its deep features; 1: all do
 * @param eta 0 (deterministic) to 1, as in diffusers' DDIM and TCD; other schedulers do not heed it
 * @param given the picture that the pictures begin with
 * @param deadline when the pictures are of no more use
 * @param context the sender's own JSON value as text, echoed in every event of the job
 */
public record GenerationJob(
        String id,
        Optional<String> model,
        List<LoraUse> loras,
        String prompt,
        String negativePrompt,
        PromptSyntax promptSyntax,
        OptionalInt width,
        OptionalInt height,
        OptionalInt numInferenceSteps,
        OptionalDouble guidanceScale,
        Optional<String> scheduler,
        OptionalLong seed,
        Noise noise,
        int numImages,
        int clipSkip,
        double guidanceRescale,
        GuidanceInterval guidanceInterval,
        int cacheInterval,
        double eta,
        Optional<GivenImage> given,
        OutputFormat output,
        Optional<Instant> deadline,
        Optional<String> context) {
    public GenerationJob {
        JobRules.require("id", JobRules.id(id));
        JobRules.require("model", model.flatMap(JobRules::model));
        loras = LoraUse.sorted(loras);
        JobRules.require("loras", JobRules.loras(loras));
        JobRules.require("prompt", JobRules.prompt(prompt));
        JobRules.require("negative_prompt", JobRules.prompt(negativePrompt));
        width.ifPresent(value -> JobRules.require("width", JobRules.SIZE.check(value)));
        height.ifPresent(value -> JobRules.require("height", JobRules.SIZE.check(value)));
        numInferenceSteps.ifPresent(value -> JobRules.require("num_inference_steps", JobRules.STEPS.check(value)));
        guidanceScale.ifPresent(value -> JobRules.require("guidance_scale", JobRules.GUIDANCE_SCALE.check(value)));
        JobRules.require("scheduler", scheduler.flatMap(JobRules::scheduler));
        seed.ifPresent(value -> JobRules.require("seed", JobRules.SEED.check(value)));
        JobRules.require("num_images", JobRules.IMAGES.check(numImages));
        JobRules.require("clip_skip", JobRules.CLIP_SKIP.check(clipSkip));
        JobRules.require("guidance_rescale", JobRules.GUIDANCE_RESCALE.check(guidanceRescale));
        JobRules.require("cache_interval", JobRules.CACHE_INTERVAL.check(cacheInterval));
        JobRules.require("eta", JobRules.ETA.check(eta));
        JobRules.require("deadline", deadline.flatMap(JobRules::deadline));
        JobRules.require("context", context.flatMap(JobRules::context));
        // Adding 0.0 makes -0.0 the same as 0.0, so that equal jobs are equal records.
        guidanceScale = RealRule.withoutNegativeZero(guidanceScale);
        guidanceRescale = guidanceRescale + 0.0;
        eta = eta + 0.0;
    }

    /** A job with everything else left open or at its default. */
    public static Builder builder(String id, String prompt) {
        return new Builder(id, prompt);
    }

    /** A builder that holds all of this job, to fill in what it left open. */
    public Builder toBuilder() {
        Builder builder = new Builder(id, prompt)
                .loras(loras)
                .negativePrompt(negativePrompt)
                .promptSyntax(promptSyntax)
                .noise(noise)
                .numImages(numImages)
                .clipSkip(clipSkip)
                .guidanceRescale(guidanceRescale)
                .guidanceStart(guidanceInterval.start())
                .guidanceEnd(guidanceInterval.end())
                .cacheInterval(cacheInterval)
                .eta(eta)
                .output(output);
        model.ifPresent(builder::model);
        width.ifPresent(builder::width);
        height.ifPresent(builder::height);
        numInferenceSteps.ifPresent(builder::numInferenceSteps);
        guidanceScale.ifPresent(builder::guidanceScale);
        scheduler.ifPresent(builder::scheduler);
        seed.ifPresent(builder::seed);
        given.ifPresent(builder::given);
        deadline.ifPresent(builder::deadline);
        context.ifPresent(builder::context);
        return builder;
    }

    /** The seed of picture {@code image}, counted from 0: {@code seed + image}, and after the largest seed comes 0. */
    public static long imageSeed(long seed, int image) {
        return (seed + image) & Long.MAX_VALUE;
    }

    /** Without the prompts and the context, which belong to the sender and not into a log. */
    @Override
    public String toString() {
        return "GenerationJob[id=" + id + ", model=" + model.orElse("default") + ", numImages=" + numImages + "]";
    }

    /** Collects the fields of a job; {@link #build} checks them. Not thread-safe. */
    public static final class Builder {
        private final String id;
        private final String prompt;
        private Optional<String> model = Optional.empty();
        private List<LoraUse> loras = List.of();
        private String negativePrompt = "";
        private PromptSyntax promptSyntax = PromptSyntax.PLAIN;
        private OptionalInt width = OptionalInt.empty();
        private OptionalInt height = OptionalInt.empty();
        private OptionalInt numInferenceSteps = OptionalInt.empty();
        private OptionalDouble guidanceScale = OptionalDouble.empty();
        private Optional<String> scheduler = Optional.empty();
        private OptionalLong seed = OptionalLong.empty();
        private Noise noise = Noise.TORCH_CPU;
        private int numImages = 1;
        private int clipSkip;
        private double guidanceRescale;
        private double guidanceStart = GuidanceInterval.ALWAYS.start();
        private double guidanceEnd = GuidanceInterval.ALWAYS.end();
        private int cacheInterval = 1;
        private double eta;
        private Optional<GivenImage> given = Optional.empty();
        private OutputFormat output = OutputFormat.PNG;
        private Optional<Instant> deadline = Optional.empty();
        private Optional<String> context = Optional.empty();

        private Builder(String id, String prompt) {
            this.id = id;
            this.prompt = prompt;
        }

        public Builder model(String value) {
            model = Optional.of(value);
            return this;
        }

        /** Replaces those named before. */
        public Builder loras(List<LoraUse> values) {
            loras = List.copyOf(values);
            return this;
        }

        public Builder negativePrompt(String value) {
            negativePrompt = value;
            return this;
        }

        public Builder promptSyntax(PromptSyntax value) {
            promptSyntax = value;
            return this;
        }

        public Builder width(int pixels) {
            width = OptionalInt.of(pixels);
            return this;
        }

        public Builder height(int pixels) {
            height = OptionalInt.of(pixels);
            return this;
        }

        public Builder numInferenceSteps(int value) {
            numInferenceSteps = OptionalInt.of(value);
            return this;
        }

        public Builder guidanceScale(double value) {
            guidanceScale = OptionalDouble.of(value);
            return this;
        }

        public Builder scheduler(String name) {
            scheduler = Optional.of(name);
            return this;
        }

        public Builder seed(long value) {
            seed = OptionalLong.of(value);
            return this;
        }

        public Builder noise(Noise value) {
            noise = value;
            return this;
        }

        public Builder numImages(int value) {
            numImages = value;
            return this;
        }

        public Builder clipSkip(int layers) {
            clipSkip = layers;
            return this;
        }

        public Builder guidanceRescale(double value) {
            guidanceRescale = value;
            return this;
        }

        /** Fraction of the steps before the first guided one. */
        public Builder guidanceStart(double value) {
            guidanceStart = value;
            return this;
        }

        /** Fraction of the steps up to the last guided one. */
        public Builder guidanceEnd(double value) {
            guidanceEnd = value;
            return this;
        }

        public Builder cacheInterval(int steps) {
            cacheInterval = steps;
            return this;
        }

        public Builder eta(double value) {
            eta = value;
            return this;
        }

        public Builder given(GivenImage image) {
            given = Optional.of(image);
            return this;
        }

        public Builder output(OutputFormat value) {
            output = value;
            return this;
        }

        public Builder deadline(Instant value) {
            deadline = Optional.of(value);
            return this;
        }

        public Builder context(String json) {
            context = Optional.of(json);
            return this;
        }

        /** The job; {@link IllegalArgumentException} names the first field that breaks its rule. */
        public GenerationJob build() {
            return new GenerationJob(
                    id,
                    model,
                    loras,
                    prompt,
                    negativePrompt,
                    promptSyntax,
                    width,
                    height,
                    numInferenceSteps,
                    guidanceScale,
                    scheduler,
                    seed,
                    noise,
                    numImages,
                    clipSkip,
                    guidanceRescale,
                    new GuidanceInterval(guidanceStart, guidanceEnd),
                    cacheInterval,
                    eta,
                    given,
                    output,
                    deadline,
                    context);
        }
    }
}
