package dev.darkroom.worker;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.UnetCost;
import dev.darkroom.worker.model.runtime.MatMulSpeed;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.UnetLoad;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures one model and writes what it finds into a report: milliseconds to load it and to call each of its networks,
 * megabytes of memory, and operations in a second beside those of a plain matrix product in the same process.
 */
final class ModelBench {
    private static final int TOKENS = 77;
    private static final float TIMESTEP = 500;
    private static final int SCALE = 8; // pixels of a latent's side in every Stable Diffusion
    private static final int MATMUL_RUNS = 10;

    private final OnnxModelLoader loader;
    private final List<Integer> batches;
    private final List<Precision> precisions;
    private final OptionalInt size;
    private final int repeats;
    private final ProcessMemory memory;
    private final ObjectNode report;

    /**
     * Makes a bench.
     *
     * @param batches rows of the UNet's calls
     * @param precisions of the UNet, whose calls take turns; none for the device's own
     * @param size side of the picture in pixels; the model's native one when empty
     * @param repeats calls of each kind, of which the median counts
     */
    ModelBench(
            OnnxModelLoader loader,
            List<Integer> batches,
            List<Precision> precisions,
            OptionalInt size,
            int repeats,
            ProcessMemory memory,
            ObjectNode report) {
        this.loader = loader;
        this.batches = batches;
        this.precisions = precisions;
        this.size = size;
        this.repeats = repeats;
        this.memory = memory;
        this.report = report;
    }

    /** A whole model: all of its networks. */
    void model(Path checkpoint) throws ModelException {
        machine(String.valueOf(checkpoint.getFileName()));
        ModelFiles plain = ModelFiles.of("bench", checkpoint);
        ModelFiles files = precisions.isEmpty() ? plain : plain.in(precisions.get(0));
        long start = System.nanoTime();
        try (LoadedModel model = loader.load(files)) {
            report.put("load_ms", millis(System.nanoTime() - start));
            memory.privateMegabytes().ifPresent(now -> report.put("private_mb", now));
            int side = size.orElse(model.description().nativeSize())
                    / model.description().latentScale();
            int channels = model.description().latentChannels();
            AtomicInteger number = new AtomicInteger(); // a text that is known is not encoded again
            report.put(
                    "text_encode_ms", median(() -> model.encode(List.of("photograph " + number.incrementAndGet()), 0)));
            UnetConfig config = Checkpoint.open(files).unet();
            Measured first = new Measured(model.unet(), model.description().precision());
            unets(first, precision -> loader.loadUnetOf(files.in(precision)), config, side);
            Tensor latents = new Tensor(new float[channels * side * side], 1, channels, side, side);
            report.put("vae_decode_ms", median(() -> model.vaeDecoder().decode(latents)));
        }
        // Loaded once more for the time that its graph takes; a warm one, unlike load_ms.
        UnetLoad again = loader.loadUnetOf(files);
        again.unet().close();
        report.put("graph_ms", millis(again.graph().toNanos()));
        end();
    }

    /** A UNet alone, in the layout of diffusers. */
    void unet(String name, Path folder) throws ModelException {
        machine(name);
        UnetConfig config = UnetConfig.read(ConfigFile.read(folder.resolve("config.json")));
        UnetLoad load = loader.loadUnet(folder, precisions.stream().findFirst());
        try (Unet unet = load.unet()) {
            report.put("graph_ms", millis(load.graph().toNanos()));
            report.put("load_ms", millis(load));
            memory.privateMegabytes().ifPresent(now -> report.put("private_mb", now));
            int side = size.isPresent() ? size.getAsInt() / SCALE : config.sampleSize();
            Measured first = new Measured(unet, load.precision());
            unets(first, precision -> loader.loadUnet(folder, Optional.of(precision)), config, side);
        }
        end();
    }

    private record Measured(Unet unet, Precision precision) {}

    private interface Loading {
        UnetLoad load(Precision precision) throws ModelException;
    }

    /** Loads the UNet in the other precisions, and measures all. */
    private void unets(Measured first, Loading loading, UnetConfig config, int side) throws ModelException {
        List<Measured> all = new ArrayList<>(List.of(first));
        try {
            for (Precision precision : precisions.subList(Math.min(1, precisions.size()), precisions.size())) {
                UnetLoad load = loading.load(precision);
                all.add(new Measured(load.unet(), load.precision()));
                report.put("load_ms_" + load.precision().label(), millis(load));
            }
            ArrayNode rows = report.putArray("unet");
            for (int count : batches) {
                measure(all, config, count, side, rows);
            }
        } finally {
            all.subList(1, all.size()).forEach(measured -> measured.unet().close());
        }
    }

    private void machine(String model) {
        RuntimeOptions options = loader.options();
        report.put("model", model);
        report.put("device", options.device().name().toLowerCase(Locale.ROOT));
        report.put("threads", options.threads());
    }

    private void measure(List<Measured> all, UnetConfig config, int rows, int side, ArrayNode report) {
        double operations = rows * UnetCost.operations(config, side, side, TOKENS);
        UnetRows input = rows(config, rows, side);
        double[] times = medians(all.stream()
                .<Runnable>map(measured -> () -> measured.unet().predict(input))
                .toList());
        for (int i = 0; i < times.length; i++) {
            ObjectNode row = report.addObject()
                    .put("batch", rows)
                    .put("width", side * SCALE)
                    .put("height", side * SCALE)
                    .put("precision", all.get(i).precision().label())
                    .put("ms_per_step", times[i])
                    .put("gflops", gigas(operations * 1e3 / times[i]));
            all.get(i)
                    .unet()
                    .deepFeatures()
                    .ifPresent(deep -> row.put("shallow_ms_per_step", median(shallow(deep, input))));
        }
    }

    /** The call that reuses the deep features of an earlier one. */
    private static Runnable shallow(DeepFeatures deep, UnetRows input) {
        Tensor features = deep.predict(input, new Interruption()).features();
        return () -> deep.predictFrom(features, input, new Interruption());
    }

    private static UnetRows rows(UnetConfig config, int rows, int side) {
        int channels = config.inChannels();
        Tensor latents = new Tensor(new float[rows * channels * side * side], rows, channels, side, side);
        int width = config.crossAttentionWidth();
        Tensor context = new Tensor(new float[rows * TOKENS * width], rows, TOKENS, width);
        float[] timesteps = new float[rows];
        Arrays.fill(timesteps, TIMESTEP);
        return new UnetRows(
                latents,
                timesteps,
                context,
                config.added().map(added -> added(rows, added.pooledWidth())),
                config.guidanceWidth().isPresent() ? Optional.of(new float[rows]) : Optional.empty());
    }

    private static AddedConditions added(int rows, int pooledWidth) {
        int timeIds = UnetConfig.AddedEmbedding.TIME_IDS;
        return new AddedConditions(
                new Tensor(new float[rows * pooledWidth], rows, pooledWidth),
                new Tensor(new float[rows * timeIds], rows, timeIds));
    }

    /** What is known once all networks have run. */
    private void end() {
        memory.peakPrivateMegabytes().ifPresent(peak -> report.put("peak_private_mb", peak));
        memory.peakResidentMegabytes().ifPresent(peak -> report.put("peak_rss_mb", peak));
        if (loader.options().device() == RuntimeOptions.Device.CPU) {
            report.put(
                    "matmul_gflops", gigas(MatMulSpeed.measure(loader.options().threads(), MATMUL_RUNS)));
        }
    }

    private double median(Runnable call) {
        return medians(List.of(call))[0];
    }

    /** Milliseconds, after one call that warms up. The calls take turns: what slows the machine slows all. */
    private double[] medians(List<Runnable> calls) {
        calls.forEach(Runnable::run);
        double[][] times = new double[calls.size()][repeats];
        for (int i = 0; i < repeats; i++) {
            for (int call = 0; call < times.length; call++) {
                long start = System.nanoTime();
                calls.get(call).run();
                times[call][i] = millis(System.nanoTime() - start);
            }
        }
        return Arrays.stream(times)
                .mapToDouble(some -> Arrays.stream(some).sorted().toArray()[repeats / 2])
                .toArray();
    }

    private static double millis(UnetLoad load) {
        return millis(load.graph().plus(load.session()).toNanos());
    }

    private static double gigas(double number) {
        return Math.round(number / 1e8) / 10.0;
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }
}
