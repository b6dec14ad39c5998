package dev.darkroom.worker;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.ModelsConfig;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.ModelRepository;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import dev.darkroom.worker.model.runtime.DeviceMemory;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import java.util.Optional;

/** How models are loaded: by a worker tried before they are used, and within the memory that it may take. */
final class WorkerModels {
    /** Inference on whatever this machine has, with every core. */
    static final DeviceConfig ANY_DEVICE =
            new DeviceConfig(DeviceConfig.Kind.AUTO, 0, DeviceConfig.Memory.LOW, Optional.empty());

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
                        : ModelDescription::nativeSize);
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
