package dev.darkroom.worker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.SyntheticCheckpoint;
import dev.darkroom.worker.model.runtime.UnetLoad;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a model on this machine: load time, time per call of each network, peak memory.")
final class BenchCommand implements Callable<Integer> {
    private static final int TOKENS = 77;
    private static final float TIMESTEP = 500;
    private static final int SCALE = 8; // pixels of a latent's side in every Stable Diffusion

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before call()
    private Subject subject;

    /** What is measured. */
    private static final class Subject {
        @Option(names = "--model", paramLabel = "PATH", description = "A diffusers folder or .safetensors file.")
        private @Nullable Path model;

        @Option(
                names = "--synthetic",
                description = "A UNet of full size with made-up weights: ${COMPLETION-CANDIDATES}.")
        private SyntheticCheckpoint.@Nullable Family synthetic;
    }

    @Option(
            names = "--batch",
            split = ",",
            paramLabel = "N",
            description = "Rows of a call. Default: ${DEFAULT-VALUE}.")
    private List<Integer> batches = List.of(1, 2);

    @Option(names = "--size", paramLabel = "PIXELS", description = "Side of the picture. Default: the native size.")
    private @Nullable Integer size;

    @Option(names = "--repeats", paramLabel = "N", description = "Calls; the median counts. Default: ${DEFAULT-VALUE}.")
    private int repeats = 5;

    @Option(names = "--device", description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private DeviceConfig.Kind device = DeviceConfig.Kind.AUTO;

    @Option(names = "--threads", paramLabel = "N", description = "0: every core. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--memory-mode", description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private DeviceConfig.Memory memory = DeviceConfig.Memory.LOW;

    @Option(names = "--folder", paramLabel = "DIR", description = "Keeps the synthetic weights, for the next time.")
    private @Nullable Path folder;

    @Option(names = "--json", description = "One JSON object instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        if (repeats < 1 || batches.stream().anyMatch(rows -> rows < 1)) {
            throw new ParameterException(spec.commandLine(), "--repeats and --batch must be at least 1");
        }
        OnnxModelLoader loader = Worker.modelLoader(new DeviceConfig(device, threads, memory));
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        if (subject.model != null) {
            measureModel(report, loader, subject.model);
        } else if (subject.synthetic != null) {
            measureSynthetic(report, loader, subject.synthetic);
        }
        report.put("device", loader.options().device().name().toLowerCase(Locale.ROOT));
        report.put("threads", threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
        peakMemory(report);
        print(report, System.out);
        return 0;
    }

    private void measureModel(ObjectNode report, OnnxModelLoader loader, Path checkpoint) throws ModelException {
        report.put("model", String.valueOf(checkpoint.getFileName()));
        long start = System.nanoTime();
        try (LoadedModel model = loader.load(ModelFiles.of("bench", checkpoint))) {
            report.put("load_ms", millis(System.nanoTime() - start));
            int latentScale = model.description().latentScale();
            int side = (size == null ? model.description().nativeSize() : size) / latentScale;
            int channels = model.description().latentChannels();
            List<String> prompt = List.of("a photograph");
            TextEncoding text = model.encode(prompt, 0);
            report.put("text_encode_ms", median(() -> model.encode(prompt, 0)));
            int pooled = text.pooled().map(Tensor::rowSize).orElse(0);
            measureUnet(
                    report,
                    model.unet(),
                    channels,
                    side,
                    latentScale,
                    text.context().shape()[2],
                    pooled);
            Tensor latents = new Tensor(new float[channels * side * side], 1, channels, side, side);
            report.put("vae_decode_ms", median(() -> model.vaeDecoder().decode(latents)));
        }
        // Loaded once more for the time that its graph takes; a warm one, unlike load_ms.
        UnetLoad again = loader.loadUnetOf(ModelFiles.of("bench", checkpoint));
        again.unet().close();
        report.put("graph_ms", millis(again.graph().toNanos()));
    }

    private void measureSynthetic(ObjectNode report, OnnxModelLoader loader, SyntheticCheckpoint.Family family)
            throws IOException, ModelException {
        report.put("model", "synthetic " + family.name().toLowerCase(Locale.ROOT));
        Path directory = folder == null ? Files.createTempDirectory("darkroom-bench") : folder;
        try {
            if (!Files.exists(directory.resolve(OnnxModelLoader.UNET_WEIGHTS))) {
                SyntheticCheckpoint.writeUnet(directory, family, DataType.F32);
            }
            try (Unet unet = loadUnet(report, loader, directory)) {
                UnetConfig config = UnetConfig.read(ConfigFile.read(directory.resolve("config.json")));
                int side = size == null ? config.sampleSize() : size / SCALE;
                int pooled = config.added()
                        .map(UnetConfig.AddedEmbedding::pooledWidth)
                        .orElse(0);
                measureUnet(report, unet, config.inChannels(), side, SCALE, config.crossAttentionWidth(), pooled);
            }
        } finally {
            if (folder == null) {
                delete(directory);
            }
        }
    }

    private static Unet loadUnet(ObjectNode report, OnnxModelLoader loader, Path folder) throws ModelException {
        UnetLoad load = loader.loadUnet(folder);
        report.put("graph_ms", millis(load.graph().toNanos()));
        report.put("load_ms", millis(load.graph().plus(load.session()).toNanos()));
        return load.unet();
    }

    /** @param pooled width of the pooled text, 0 where there is none */
    private void measureUnet(ObjectNode report, Unet unet, int channels, int side, int scale, int width, int pooled) {
        ArrayNode measured = report.putArray("unet");
        for (int rows : batches) {
            Tensor latents = new Tensor(new float[rows * channels * side * side], rows, channels, side, side);
            Tensor context = new Tensor(new float[rows * TOKENS * width], rows, TOKENS, width);
            float[] timesteps = new float[rows];
            Arrays.fill(timesteps, TIMESTEP);
            AddedConditions added = new AddedConditions(
                    new Tensor(new float[rows * pooled], rows, pooled), new Tensor(new float[rows * 6], rows, 6));
            measured.addObject()
                    .put("batch", rows)
                    .put("width", side * scale)
                    .put("height", side * scale)
                    .put("precision", "fp32")
                    .put("ms_per_step", median(() -> {
                        if (pooled == 0) {
                            unet.predict(latents, timesteps, context);
                        } else {
                            unet.predict(latents, timesteps, context, added);
                        }
                    }));
        }
    }

    /** Milliseconds, after one call that warms up. */
    private double median(Runnable call) {
        call.run();
        double[] times = new double[repeats];
        for (int i = 0; i < repeats; i++) {
            long start = System.nanoTime();
            call.run();
            times[i] = millis(System.nanoTime() - start);
        }
        Arrays.sort(times);
        return times[repeats / 2];
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }

    /** What Linux counts as the process's peak; left out where there is no such count. */
    private static void peakMemory(ObjectNode report) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .forEach(kilobytes -> report.put("peak_rss_mb", Long.parseLong(kilobytes) / 1024));
        }
    }

    private void print(ObjectNode report, PrintStream out) {
        if (json) {
            out.println(report);
            return;
        }
        report.properties().forEach(part -> {
            if (part.getValue().isArray()) {
                part.getValue()
                        .forEach(row -> out.printf(
                                Locale.ROOT,
                                "%-16s %s rows %sx%s: %s ms%n",
                                part.getKey(),
                                row.get("batch"),
                                row.get("width"),
                                row.get("height"),
                                row.get("ms_per_step")));
            } else {
                out.printf("%-16s %s%n", part.getKey(), part.getValue().asText());
            }
        });
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
