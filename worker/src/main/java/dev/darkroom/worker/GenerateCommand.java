package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.catalogue.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Makes pictures without Kafka or S3: <k>.png in a folder.")
final class GenerateCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description = "A diffusers folder, or a .safetensors file.")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before call()
    private Path model;

    @Mixin
    private PictureOptions picture = new PictureOptions();

    @Option(names = "--prediction-type", description = "epsilon, v_prediction or sample. Default: the model's.")
    private @Nullable String predictionType;

    @Option(names = "--output", paramLabel = "DIR", description = "Default: ${DEFAULT-VALUE}.")
    private Path output = Path.of(".");

    @Option(names = "--latents", description = "Writes the final latents too: <k>.npy, float32 (4, h/8, w/8).")
    private boolean latents;

    @Override
    public Integer call() throws Exception {
        GenerationJob wanted = picture.job("generate", Optional.empty());
        ProgressDisplay progress = new ProgressDisplay(System.out);
        Files.createDirectories(output);
        try (LoadedModel loaded =
                        Worker.modelLoader(Worker.ANY_DEVICE).load(ModelFiles.of(ModelFolder.idOf(model), model));
                DenoisingLoop loop = new DenoisingLoop("local", Worker.MAX_ROWS)) {
            ResolvedJob job = resolve(wanted, loaded);
            int steps = job.request().numInferenceSteps();
            Generation generation = Preparation.prepare(job.request(), step -> progress.show("denoising", step, steps));
            loop.submit(generation);
            await(generation);
            for (int k = 0; k < job.job().numImages(); k++) {
                DevelopedImage image = Finishing.develop(generation, k);
                Path file = output.resolve(k + "." + job.job().output().kind().extension());
                Files.write(file, EncodedImage.of(job, image).bytes());
                if (latents) {
                    NpyFile.write(output.resolve(k + ".npy"), image.latents());
                }
                progress.line(file + " (seed " + image.seed() + ")");
            }
        }
        return 0;
    }

    private ResolvedJob resolve(GenerationJob wanted, LoadedModel loaded) throws JobFailedException {
        Map<String, Object> config = new HashMap<>(loaded.description().schedulerConfig());
        if (predictionType != null) {
            config.put("prediction_type", predictionType);
        }
        return JobResolver.resolve(wanted, loaded, config);
    }

    private static void await(Generation generation) throws Exception {
        try {
            generation.done().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
