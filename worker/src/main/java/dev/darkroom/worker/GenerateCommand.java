package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.develop.Finishing;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.Preparation;
import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.catalogue.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

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

    @Mixin
    private PictureFiles files = new PictureFiles();

    @Option(
            names = "--from",
            paramLabel = "PNG",
            description =
                    "Makes a picture of Darkroom's again, as it says it was made, from the same model, or one of A1111's"
                            + " as near as can be; other options change it.")
    private @Nullable Path from;

    @Option(
            names = "--vae",
            paramLabel = "PATH",
            description = "A VAE in place of the model's own: its diffusers folder, or a .safetensors file.")
    private @Nullable Path vae;

    @Option(
            names = "--embedding",
            paramLabel = "PATH",
            description =
                    "A textual inversion, a .safetensors file; its word is what the file calls it, or else its name."
                            + " Several times for several.")
    private List<Path> embeddings = List.of();

    @Option(
            names = "--prediction-type",
            paramLabel = "TYPE",
            converter = PredictionTypes.class,
            description = "epsilon, v_prediction or sample. Default: the model's.")
    private @Nullable PredictionType predictionType;

    @Option(names = "--output", paramLabel = "DIR", description = "Default: ${DEFAULT-VALUE}.")
    private Path output = Path.of(".");

    @Option(names = "--latents", description = "Writes the final latents too: <k>.npy, float32 (4, h/8, w/8).")
    private boolean latents;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec command;

    @Override
    public Integer call() throws Exception {
        Optional<MadePicture> made = from == null ? Optional.empty() : Optional.of(MadePicture.read(from));
        GenerationJob wanted = made.isPresent()
                ? picture.job(made.get().job(files.given()))
                : picture.job("generate", Optional.empty(), files.given());
        Optional<GivenPictures> given = files.read(wanted.given(), made.flatMap(MadePicture::source));
        ProgressDisplay progress = new ProgressDisplay(System.out);
        Files.createDirectories(output);
        try (LoadedModel loaded = WorkerModels.runtimeLoader(WorkerModels.ANY_DEVICE)
                        .load(files(wanted).with(loraFiles(wanted)).knowing(embeddingFiles()));
                DenoisingLoop loop = new DenoisingLoop("local", WorkerModels.MAX_ROWS)) {
            checkEmbeddings(loaded);
            made.ifPresent(again -> again.check(
                    new MadePicture.Weights(model, Optional.ofNullable(vae), loaded),
                    difference -> command.commandLine().getErr().println(difference)));
            ResolvedJob job = JobResolver.resolve(
                    made.map(again -> again.on(loaded, wanted)).orElse(wanted),
                    given,
                    loaded,
                    loaded.description().schedulerConfig());
            int steps = job.calls();
            Generation generation = Preparation.prepare(job.request(), step -> progress.show("denoising", step, steps));
            loop.submit(generation);
            await(generation);
            for (int k = 0; k < job.job().numImages(); k++) {
                DevelopedImage image = Finishing.develop(generation, k);
                Path file = output.resolve(k + "." + job.job().output().kind().extension());
                Files.write(file, EncodedImage.of(job, image, k).bytes());
                if (latents) {
                    NpyFile.write(output.resolve(k + ".npy"), image.latents());
                }
                progress.line(file + " (seed " + image.seed() + ")");
            }
        }
        return 0;
    }

    private List<EmbeddingFile> embeddingFiles() {
        return embeddings.stream()
                .map(path -> new EmbeddingFile(ModelFolder.idOf(path), path, Optional.empty(), Optional.empty()))
                .toList();
    }

    /** Those of a command line are all meant, whether the prompts name them or not. */
    private static void checkEmbeddings(LoadedModel loaded) {
        loaded.unusableEmbeddings().stream().findFirst().ifPresent(embedding -> {
            throw new IllegalArgumentException(embedding.why());
        });
    }

    /** Each LoRA that the job names, with its file. */
    private List<LoraFile> loraFiles(GenerationJob job) throws JobFailedException {
        Map<String, Path> paths = new HashMap<>();
        picture.loras().forEach(lora -> paths.put(lora.id(), lora.path()));
        List<LoraFile> files = new ArrayList<>();
        for (ModelVariant.Scaled lora : JobLoras.variant("", job).loras()) {
            Path path = paths.get(lora.id());
            if (path == null || !Files.isRegularFile(path)) {
                throw new IllegalArgumentException("There is no file of the LoRA " + lora.id() + ": name it by --lora "
                        + lora.id() + ".safetensors, with its path");
            }
            files.add(new LoraFile(lora.id(), path, Optional.empty(), lora.scale()));
        }
        return files;
    }

    /** A picture that is made again keeps the name that its model had. */
    private ModelFiles files(GenerationJob job) {
        return new ModelFiles(
                job.model().orElseGet(() -> ModelFolder.idOf(model)),
                model,
                Optional.ofNullable(vae),
                Optional.empty(),
                Optional.ofNullable(predictionType),
                Optional.empty(),
                ModelDefaults.NONE);
    }

    private static void await(Generation generation) throws Exception {
        try {
            generation.done().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** Reads a prediction type by diffusers' name. */
    private static final class PredictionTypes implements ITypeConverter<PredictionType> {
        @Override
        public PredictionType convert(String value) {
            return PredictionType.of(value)
                    .orElseThrow(() ->
                            new TypeConversionException("'" + value + "' is not one of epsilon, v_prediction, sample"));
        }
    }
}
