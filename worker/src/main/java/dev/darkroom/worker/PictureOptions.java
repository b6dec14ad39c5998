package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What a picture is to be, as options of {@code generate} and {@code submit}. */
final class PictureOptions {
    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the picture shows.")
    private @Nullable String prompt;

    @Option(names = "--negative-prompt", paramLabel = "TEXT", description = "What it does not show.")
    private @Nullable String negativePrompt;

    @Option(
            names = "--lora",
            paramLabel = "LORA[:SCALE]",
            converter = LoraConverter.class,
            description =
                    "A LoRA that changes the model, several times for several: generate takes a .safetensors file,"
                            + " submit an id. Default scale: 1, or what the prompt or the picture says.")
    private List<LoraOption> loras = List.of();

    @Option(
            names = "--prompt-syntax",
            paramLabel = "NAME",
            description = "How prompts are read: ${COMPLETION-CANDIDATES}. Default: PLAIN.")
    private @Nullable PromptSyntax promptSyntax;

    @Option(names = "--seed", paramLabel = "N", description = "Of the first picture; picture k uses seed + k.")
    private @Nullable Long seed;

    @Option(
            names = "--noise",
            paramLabel = "NAME",
            converter = NoiseConverter.class,
            description = "Random numbers of torch-cpu (diffusers) or cuda-philox (A1111). Default: torch-cpu.")
    private @Nullable Noise noise;

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

    @Option(names = "--num-images", paramLabel = "N", description = "Default: 1.")
    private @Nullable Integer numImages;

    @Option(names = "--clip-skip", paramLabel = "N", description = "Last text encoder layers to leave out. Default: 0.")
    private @Nullable Integer clipSkip;

    @Option(names = "--guidance-rescale", paramLabel = "X", description = "0 to 1. Default: 0.")
    private @Nullable Double guidanceRescale;

    @Option(
            names = "--guidance-start",
            paramLabel = "X",
            description = "Fraction of the steps before the first guided one, 0 to 1. Default: 0.")
    private @Nullable Double guidanceStart;

    @Option(
            names = "--guidance-end",
            paramLabel = "X",
            description = "Fraction of the steps up to the last guided one, 0 to 1. Default: 1.")
    private @Nullable Double guidanceEnd;

    @Option(
            names = "--cache-interval",
            paramLabel = "N",
            description = "Of so many steps one runs the whole UNet. Default: 1.")
    private @Nullable Integer cacheInterval;

    @Option(names = "--eta", paramLabel = "X", description = "Noise that DDIM and TCD add at each step. Default: 0.")
    private @Nullable Double eta;

    @Option(
            names = "--strength",
            paramLabel = "X",
            description = "How much of --image is made anew, 0 to 1. Default: as in diffusers, 0.8, with a mask 1.")
    private @Nullable Double strength;

    @Option(
            names = "--image-guidance-scale",
            paramLabel = "X",
            description = "How much --image stays what it is, with a model for editing. Default: 1.5.")
    private @Nullable Double imageGuidanceScale;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec command;

    /**
     * The job that the options describe; what they leave open stays open.
     *
     * @param model empty for the worker's default
     * @param given the picture that the pictures begin with, as far as other options say it
     */
    GenerationJob job(String id, Optional<String> model, Optional<GivenImage> given) {
        if (prompt == null) {
            throw new ParameterException(command.commandLine(), "Missing required option: '--prompt=TEXT'");
        }
        String text = prompt;
        return checked(given, () -> {
            GenerationJob.Builder job = GenerationJob.builder(id, text);
            model.ifPresent(job::model);
            return job;
        });
    }

    /** Another job with what the options change in it. */
    GenerationJob job(GenerationJob base) {
        if (prompt != null) {
            throw new ParameterException(
                    command.commandLine(), "Another prompt is another picture: leave out --prompt");
        }
        return checked(base.given(), base::toBuilder);
    }

    private GenerationJob checked(Optional<GivenImage> given, Supplier<GenerationJob.Builder> base) {
        if (given.isEmpty() && (strength != null || imageGuidanceScale != null)) {
            throw new ParameterException(
                    command.commandLine(), "--strength and --image-guidance-scale are of a picture: they need --image");
        }
        try {
            GenerationJob.Builder job = base.get();
            apply(job);
            given.ifPresent(image -> job.given(changed(image)));
            applyLoras(job.build(), job);
            return job.build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private GivenImage changed(GivenImage image) {
        GivenImage stronger = strength == null ? image : image.withStrength(strength);
        return imageGuidanceScale == null ? stronger : stronger.withGuidance(imageGuidanceScale);
    }

    /** The LoRAs that are named. */
    List<LoraOption> loras() {
        return loras;
    }

    /** One that the job names already only gets its file by the option, unless there is a scale too. */
    private void applyLoras(GenerationJob base, GenerationJob.Builder job) {
        Map<String, Double> scales = new TreeMap<>();
        base.loras().forEach(use -> scales.put(use.id(), use.scale()));
        Set<String> named = JobLoras.named(base);
        for (LoraOption lora : loras) {
            if (lora.scale().isPresent() || !named.contains(lora.id())) {
                scales.put(lora.id(), lora.scale().orElse(1.0));
            }
        }
        job.loras(scales.entrySet().stream()
                .map(scale -> new LoraUse(scale.getKey(), scale.getValue()))
                .toList());
    }

    private void apply(GenerationJob.Builder job) {
        set(negativePrompt, job::negativePrompt);
        set(promptSyntax, job::promptSyntax);
        set(seed, job::seed);
        set(noise, job::noise);
        set(steps, job::numInferenceSteps);
        set(guidanceScale, job::guidanceScale);
        set(scheduler, job::scheduler);
        set(width, job::width);
        set(height, job::height);
        set(numImages, job::numImages);
        set(clipSkip, job::clipSkip);
        set(guidanceRescale, job::guidanceRescale);
        set(guidanceStart, job::guidanceStart);
        set(guidanceEnd, job::guidanceEnd);
        set(cacheInterval, job::cacheInterval);
        set(eta, job::eta);
    }

    private static <T> void set(@Nullable T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    private static final class LoraConverter implements ITypeConverter<LoraOption> {
        @Override
        public LoraOption convert(String text) {
            return LoraOption.parse(text);
        }
    }

    private static final class NoiseConverter implements ITypeConverter<Noise> {
        @Override
        public Noise convert(String label) {
            return Noise.labelled(label)
                    .orElseThrow(() -> new TypeConversionException("must be torch-cpu or cuda-philox, is " + label));
        }
    }
}
