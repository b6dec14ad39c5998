package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What a picture is to be, as options of {@code generate} and {@code submit}. */
final class PictureOptions {
    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What the picture shows.")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before the command runs
    private String prompt;

    @Option(names = "--negative-prompt", paramLabel = "TEXT", description = "What it does not show.")
    private String negativePrompt = "";

    @Option(
            names = "--prompt-syntax",
            paramLabel = "NAME",
            description = "How prompts are read: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private PromptSyntax promptSyntax = PromptSyntax.PLAIN;

    @Option(names = "--seed", paramLabel = "N", description = "Of the first picture; picture k uses seed + k.")
    private @Nullable Long seed;

    @Option(
            names = "--noise",
            paramLabel = "NAME",
            converter = NoiseConverter.class,
            description = "Random numbers of torch-cpu (diffusers) or cuda-philox (A1111). Default: torch-cpu.")
    private Noise noise = Noise.TORCH_CPU;

    @Option(names = "--num-inference-steps", paramLabel = "N", description = "Default: the scheduler's usual number.")
    private @Nullable Integer steps;

    @Option(names = "--guidance-scale", paramLabel = "X", description = "1 or less: none. Default: the model's.")
    private @Nullable Double guidanceScale;

    @Option(names = "--scheduler", paramLabel = "NAME", description = "Default: the model's own.")
    private @Nullable String scheduler;

    @Option(names = "--width", paramLabel = "PIXELS", description = "Default: the model's native size.")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "PIXELS", description = "Default: the model's native size.")
    private @Nullable Integer height;

    @Option(names = "--num-images", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int numImages = 1;

    @Option(names = "--clip-skip", paramLabel = "N", description = "Last text encoder layers to leave out. Default: 0.")
    private int clipSkip;

    @Option(names = "--guidance-rescale", paramLabel = "X", description = "0 to 1. Default: 0.")
    private double guidanceRescale;

    @Option(names = "--eta", paramLabel = "X", description = "Noise that DDIM and TCD add at each step. Default: 0.")
    private double eta;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec command;

    /**
     * The job that the options describe; what they leave open stays open.
     *
     * @param model empty for the worker's default
     */
    GenerationJob job(String id, Optional<String> model) {
        try {
            GenerationJob.Builder job = builder(id);
            model.ifPresent(job::model);
            return job.build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static final class NoiseConverter implements ITypeConverter<Noise> {
        @Override
        public Noise convert(String label) {
            return Noise.labelled(label)
                    .orElseThrow(() -> new TypeConversionException("must be torch-cpu or cuda-philox, is " + label));
        }
    }

    private GenerationJob.Builder builder(String id) {
        GenerationJob.Builder job = GenerationJob.builder(id, prompt)
                .negativePrompt(negativePrompt)
                .promptSyntax(promptSyntax)
                .noise(noise)
                .numImages(numImages)
                .clipSkip(clipSkip)
                .guidanceRescale(guidanceRescale)
                .eta(eta);
        if (seed != null) {
            job.seed(seed);
        }
        if (steps != null) {
            job.numInferenceSteps(steps);
        }
        if (guidanceScale != null) {
            job.guidanceScale(guidanceScale);
        }
        if (scheduler != null) {
            job.scheduler(scheduler);
        }
        if (width != null) {
            job.width(width);
        }
        if (height != null) {
            job.height(height);
        }
        return job;
    }
}
