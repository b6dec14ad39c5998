package dev.darkroom.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.bench.BenchReport;
import dev.darkroom.worker.bench.StackProcess;
import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.SyntheticFamily;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
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
        description = "Measures on this machine what a model takes (load, a call of each network, memory),"
                + " or with --jobs what a whole worker does with many jobs.")
final class BenchCommand implements Callable<Integer> {
    /** Options that say nothing to a whole worker. */
    private static final List<String> OF_A_MODEL = List.of("--batch", "--precision", "--repeats");

    /** Options of a made-up model. */
    private static final List<String> OF_SYNTHETIC = List.of("--weights", "--folder");

    private static final Path DEMO_MODEL = Path.of("deploy/models/shapes");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "PATH", description = "A diffusers folder or .safetensors file.")
    private @Nullable Path model;

    @Option(
            names = "--synthetic",
            description = "A UNet, with --jobs a model, of full size with made-up weights: ${COMPLETION-CANDIDATES}.")
    private @Nullable SyntheticFamily synthetic;

    @Option(
            names = "--batch",
            split = ",",
            paramLabel = "N",
            description = "Rows of a call. Default: ${DEFAULT-VALUE}.")
    private List<Integer> batches = List.of(1, 2);

    @Option(
            names = "--precision",
            split = ",",
            description = "Of the UNet: ${COMPLETION-CANDIDATES}; several take turns. Default: the device's own.")
    private List<Precision> precisions = List.of();

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

    @Option(
            names = "--determinism",
            description = "Of a whole worker: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private DeviceConfig.Determinism determinism = DeviceConfig.Determinism.STRICT;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            description = "Type of synthetic weights, F32 or F16. Default: ${DEFAULT-VALUE}.")
    private DataType weights = DataType.F32;

    @Option(names = "--folder", paramLabel = "DIR", description = "Keeps the synthetic weights, for the next time.")
    private @Nullable Path folder;

    @Option(names = "--json", description = "One JSON object instead of a table.")
    private boolean json;

    @ArgGroup(exclusive = false, heading = "%nOf a whole worker (--model is the demo model if it is not given):%n")
    private @Nullable WorkerLoadOptions worker;

    @Override
    public Integer call() throws Exception {
        if (weights != DataType.F32 && weights != DataType.F16) {
            throw wrong("--weights must be F32 or F16");
        }
        refuseOptionsOfSynthetic();
        if (worker != null) {
            refuseOptionsOfAModel();
            return wholeWorker(worker);
        }
        if ((model == null) == (synthetic == null)) {
            throw wrong("bench takes one of --jobs, --model and --synthetic; --jobs goes together with either");
        }
        if (repeats < 1 || batches.stream().anyMatch(rows -> rows < 1)) {
            throw wrong("--repeats and --batch must be at least 1");
        }
        OnnxModelLoader loader = WorkerModels.runtimeLoader(deviceConfig());
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        try (ProcessMemory process = ProcessMemory.watching()) {
            ModelBench bench = new ModelBench(
                    loader,
                    batches,
                    precisions,
                    size == null ? OptionalInt.empty() : OptionalInt.of(size),
                    repeats,
                    process,
                    report);
            if (model != null) {
                bench.model(model);
            } else if (synthetic != null) {
                synthetic(bench, synthetic);
            }
        }
        print(report, spec.commandLine().getOut());
        return 0;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private void refuseOptionsOfAModel() {
        for (String option : OF_A_MODEL) {
            if (isGiven(option)) {
                throw wrong(option + " and --jobs exclude each other: " + option
                        + " is for a model alone, --jobs for a whole worker");
            }
        }
    }

    private void refuseOptionsOfSynthetic() {
        for (String option : OF_SYNTHETIC) {
            if (synthetic == null && isGiven(option)) {
                throw wrong(option + " says nothing without --synthetic");
            }
        }
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    private int wholeWorker(WorkerLoadOptions options) throws Exception {
        WorkerLoad load = load(options);
        Path given = model == null ? DEMO_MODEL : model;
        // What is wrong with the settings is told before anything starts, or gigabytes are written.
        WorkerBench.config(Map.of(), given, deviceConfig(), options.slots());
        if (synthetic == null) {
            return wholeWorker(options, load, given);
        }
        if (model != null) {
            throw wrong("--model and --synthetic exclude each other");
        }
        try (SyntheticFolder made = SyntheticFolder.open(synthetic, weights, Optional.ofNullable(folder))) {
            return wholeWorker(options, load, made.model());
        }
    }

    private int wholeWorker(WorkerLoadOptions options, WorkerLoad load, Path checkpoint) throws Exception {
        DeviceConfig on = deviceConfig();
        if (!Files.exists(checkpoint)) {
            throw new ModelException("There is no model at " + checkpoint + "; say with --model where one is");
        }
        BenchReport report;
        try (StackProcess servers = StackProcess.start(options.embedded())) {
            WorkerBench bench = new WorkerBench(servers.environment(), checkpoint, on, load, options.bucketLatency());
            report = options.compare().isPresent()
                    ? switch (options.compare().get()) {
                        case BATCH1 -> bench.besideOneAtATime(options.slots());
                        case BATCHES -> bench.besideBatches(options.slots());
                        case UNOBSERVED -> bench.observation(options.slots());
                    }
                    : bench.report(options.slots());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.json());
        } else {
            report.print(out);
        }
        out.flush();
        return 0;
    }

    private WorkerLoad load(WorkerLoadOptions options) {
        try {
            return options.load(Optional.ofNullable(size));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private DeviceConfig deviceConfig() {
        return new DeviceConfig(device, threads, memory, determinism, Optional.empty());
    }

    private void synthetic(ModelBench bench, SyntheticFamily family) throws IOException, ModelException {
        try (SyntheticFolder made = SyntheticFolder.open(family, weights, Optional.ofNullable(folder))) {
            bench.unet("synthetic " + family.label(), made.unet());
        }
    }

    private void print(ObjectNode report, PrintWriter out) {
        if (json) {
            out.println(report);
        } else {
            report.properties().forEach(part -> print(part.getKey(), part.getValue(), out));
        }
        out.flush();
    }

    private static void print(String name, JsonNode value, PrintWriter out) {
        if (!value.isArray()) {
            out.printf("%-18s %s%n", name, value.asText());
            return;
        }
        for (JsonNode row : value) {
            out.printf(
                    Locale.ROOT,
                    "%-18s %s rows %sx%s %s: %s ms, %s GFLOP/s; without the deep part %s ms%n",
                    name,
                    row.get("batch"),
                    row.get("width"),
                    row.get("height"),
                    row.get("precision").asText(),
                    row.get("ms_per_step"),
                    row.get("gflops"),
                    row.path("shallow_ms_per_step"));
        }
    }
}
