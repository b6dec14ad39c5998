package dev.darkroom.worker;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.ModelRepository;
import dev.darkroom.worker.model.runtime.DeviceMemory;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;

/** How a worker loads its models: tried before they are used, and within the memory that it may take. */
final class WorkerModels {
    private WorkerModels() {}

    /** Loads models with ONNX Runtime, and tries each before it is used. */
    static ModelLoader loader(DeviceConfig device) {
        OnnxModelLoader loader = Worker.modelLoader(device);
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
        RuntimeOptions.Device runsOn = Worker.device(device.kind());
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
