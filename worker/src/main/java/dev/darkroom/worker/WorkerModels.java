package dev.darkroom.worker;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.ModelsConfig;
import dev.darkroom.worker.develop.CallRules;
import dev.darkroom.worker.develop.CallTiming;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.BorrowedModel;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.ModelRepository;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import dev.darkroom.worker.model.runtime.DeviceMemory;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import java.time.Duration;
import java.util.Optional;

/** How models are loaded: by a worker tried before they are used, and within the memory that it may take. */
final class WorkerModels {
    /** Inference on whatever this machine has, with every core. */
    static final DeviceConfig ANY_DEVICE = new DeviceConfig(
            DeviceConfig.Kind.AUTO, 0, DeviceConfig.Memory.LOW, DeviceConfig.Determinism.STRICT, Optional.empty());

    /** Of a guided one. */
    private static final int ROWS_OF_A_PICTURE = 2;

    /** Most rows of one call of the UNet, be they worth it or not: four guided pictures. */
    static final int MAX_ROWS = 8;

    /** So long may the choice of a call's rows take when a model is loaded, or one call of one row if that takes longer. */
    private static final Duration TIMING = Duration.ofSeconds(5);

    private WorkerModels() {}

    /** Loads models with ONNX Runtime, and uses them as they are. */
    static OnnxModelLoader runtimeLoader(DeviceConfig device) {
        return new OnnxModelLoader(new RuntimeOptions(
                device(device.kind()),
                device.threads() == 0 ? Runtime.getRuntime().availableProcessors() : device.threads(),
                device.memory() == DeviceConfig.Memory.LOW
                        ? RuntimeOptions.Memory.FAST_START
                        : RuntimeOptions.Memory.STEADY));
    }

    /** Where a setting says that inference runs, on this machine. */
    static RuntimeOptions.Device device(DeviceConfig.Kind kind) {
        return switch (kind) {
            case AUTO -> RuntimeOptions.Device.available();
            case CPU -> RuntimeOptions.Device.CPU;
            case CUDA -> RuntimeOptions.Device.CUDA;
        };
    }

    /** How jobs share calls by a device's settings. */
    static CallRules callRules(DeviceConfig device) {
        return switch (device.determinism()) {
            case STRICT -> CallRules.strict(MAX_ROWS);
            case FAST ->
                new CallRules(
                        MAX_ROWS,
                        CallRules.Company.SAME_PICTURE,
                        switch (device(device.kind())) {
                            case CPU -> CallRules.Filling.NONE;
                            case CUDA -> CallRules.Filling.POWERS_OF_TWO;
                        });
        };
    }

    /**
     * How many guided jobs of one picture fill a call of the UNet, by what was found for the default model, which is loaded
     * for that.
     *
     * @throws InterruptedException while it is fetched or loaded
     */
    static int jobsOfACall(DeviceConfig device, LoadedModels models, Optional<String> defaultModel)
            throws ModelException, InterruptedException {
        if (defaultModel.isEmpty()) {
            return jobsOfACall(device, Optional.empty());
        }
        try (BorrowedModel borrowed =
                models.borrow(ModelVariant.of(defaultModel.get())).orElseThrow()) {
            return jobsOfACall(device, borrowed.model().callTimes());
        }
    }

    /** One where each job has calls of its own; where they share calls, as many as rows that are worth it have room for. */
    static int jobsOfACall(DeviceConfig device, Optional<CallTimes> times) {
        if (device.determinism() == DeviceConfig.Determinism.STRICT
                && !runtimeLoader(device).options().rowsAreIndependent()) {
            return 1;
        }
        int rows = Math.min(MAX_ROWS, times.map(CallTimes::usefulRows).orElse(MAX_ROWS));
        return Math.max(1, rows / ROWS_OF_A_PICTURE);
    }

    /** The configured one, or the only one there is. */
    static Optional<String> defaultModel(ModelsConfig models, ModelCatalogue catalogue) throws ModelException {
        if (models.defaultModel().isPresent()) {
            String id = models.defaultModel().get();
            if (!catalogue.has(id)) {
                throw new ModelException("The default model " + id + " (setting default-model) is not in "
                        + models.path() + ", which has: " + String.join(", ", catalogue.ids()));
            }
            return models.defaultModel();
        }
        return catalogue.ids().size() == 1 ? Optional.of(catalogue.ids().get(0)) : Optional.empty();
    }

    /** Loads models with ONNX Runtime, and tries each before it is used. */
    static ModelLoader loader(DeviceConfig device) {
        OnnxModelLoader loader = runtimeLoader(device);
        // The card chooses its kernels by the size of what they get; the CPU only has to have read the weights.
        return new WarmingLoader(
                loader,
                loader.options().device() == RuntimeOptions.Device.CPU
                        ? WarmUp::smallestSide
                        : ModelDescription::nativeSize,
                new CallTiming(callRules(device), threads(loader.options()), TIMING, System::nanoTime));
    }

    /** Of a call, where parts of it can run at the same time: on a card they would only take turns. */
    private static int threads(RuntimeOptions options) {
        return options.device() == RuntimeOptions.Device.CPU ? options.threads() : 1;
    }

    /**
     * Models of a repository, none loaded yet.
     *
     * @throws ModelException when the memory of the device cannot be told
     */
    static LoadedModels of(DeviceConfig device, ModelRepository repository, ModelLoader loader) throws ModelException {
        RuntimeOptions.Device runsOn = device(device.kind());
        long budget = device.modelMemory().isPresent()
                ? device.modelMemory().get().bytes()
                : DeviceMemory.total(runsOn) / 100 * memoryPercentage(runsOn);
        return new LoadedModels(repository, loader, budget);
    }

    /** The rest of a machine is for pictures in the making, the JVM and the system; that of a card for the first only. */
    private static int memoryPercentage(RuntimeOptions.Device device) {
        return switch (device) {
            case CPU -> 70;
            case CUDA -> 80;
        };
    }
}
