package dev.darkroom.worker;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.LoadedModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Makes pictures without Kafka or S3: <k>.png in a folder.")
final class GenerateCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "A diffusers folder.")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before call()
    private Path model;

    @Option(names = "--prompt", required = true, description = "What the picture shows.")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before call()
    private String prompt;

    @Option(names = "--negative-prompt", description = "What it does not show.")
    private String negativePrompt = "";

    @Option(names = "--seed", description = "Of the first picture; picture k uses seed + k. Random if absent.")
    private @Nullable Long seed;

    @Option(names = "--num-inference-steps", description = "Default: the scheduler's usual number.")
    private @Nullable Integer steps;

    @Option(names = "--guidance-scale", description = "1 or less: none. Default: ${DEFAULT-VALUE}.")
    private double guidanceScale = JobResolver.GUIDANCE_SCALE;

    @Option(names = "--scheduler", description = "Default: the model's own.")
    private @Nullable String scheduler;

    @Option(names = "--width", description = "In pixels. Default: the model's native size.")
    private @Nullable Integer width;

    @Option(names = "--height", description = "In pixels. Default: the model's native size.")
    private @Nullable Integer height;

    @Option(names = "--num-images", description = "Default: ${DEFAULT-VALUE}.")
    private int numImages = 1;

    @Option(names = "--clip-skip", description = "Last text encoder layers to leave out. Default: ${DEFAULT-VALUE}.")
    private int clipSkip;

    @Option(names = "--guidance-rescale", description = "Default: ${DEFAULT-VALUE}.")
    private double guidanceRescale;

    @Option(names = "--eta", description = "Noise added by DDIM steps. Default: ${DEFAULT-VALUE}.")
    private double eta;

    @Option(names = "--prediction-type", description = "epsilon, v_prediction or sample. Default: the model's.")
    private @Nullable String predictionType;

    @Option(names = "--output", paramLabel = "DIR", description = "Default: ${DEFAULT-VALUE}.")
    private Path output = Path.of(".");

    @Option(names = "--latents", description = "Writes the final latents too: <k>.npy, float32 (4, h/8, w/8).")
    private boolean latents;

    @Override
    public Integer call() throws Exception {
        PrintStream out = System.out;
        ProgressDisplay progress = new ProgressDisplay(out);
        Files.createDirectories(output);
        DeviceConfig device = new DeviceConfig(DeviceConfig.Kind.AUTO, 0, DeviceConfig.Memory.LOW);
        try (LoadedModel loaded = Worker.modelLoader(device).load(name(model), model);
                DenoisingLoop loop = new DenoisingLoop("cpu", Worker.MAX_ROWS)) {
            DevelopRequest request = request(loaded);
            int total = request.numInferenceSteps();
            Generation generation = Preparation.prepare(request, step -> progress.show("denoise", step, total));
            loop.submit(generation);
            await(generation);
            for (int k = 0; k < numImages; k++) {
                DevelopedImage image = Finishing.finish(generation, k);
                write(progress, k, image, generation);
            }
        }
        return 0;
    }

    private static void await(Generation generation) throws Exception {
        try {
            generation.done().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void write(ProgressDisplay progress, int k, DevelopedImage image, Generation generation)
            throws IOException {
        Path file = output.resolve(k + "." + image.format().extension());
        Files.write(file, image.encoded());
        if (latents) {
            NpyFile.write(output.resolve(k + ".npy"), image.latents(), image.latentShape());
        }
        progress.line(file + " (seed " + image.seed() + ", " + generation.steps() + " steps)");
    }

    private DevelopRequest request(LoadedModel loaded) {
        Map<String, Object> config = new HashMap<>(loaded.description().schedulerConfig());
        if (predictionType != null) {
            config.put("prediction_type", predictionType);
        }
        String sampler = scheduler == null ? Schedulers.nameOf(config) : scheduler;
        int size = loaded.description().nativeSize();
        return new DevelopRequest(
                loaded,
                prompt,
                negativePrompt,
                width == null ? size : width,
                height == null ? size : height,
                steps == null ? Schedulers.defaultSteps(sampler) : steps,
                guidanceScale,
                sampler,
                config,
                seed == null ? new SecureRandom().nextLong() & Long.MAX_VALUE : seed,
                numImages,
                clipSkip,
                guidanceRescale,
                eta);
    }

    private static String name(Path checkpoint) {
        Path name = checkpoint.toAbsolutePath().normalize().getFileName();
        return name == null ? "model" : name.toString();
    }
}
