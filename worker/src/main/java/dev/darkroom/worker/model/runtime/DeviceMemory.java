package dev.darkroom.worker.model.runtime;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import dev.darkroom.worker.model.ModelException;
import java.lang.management.ManagementFactory;

/** How much memory there is where networks run. */
public final class DeviceMemory {
    private DeviceMemory() {}

    /**
     * All memory of the device, in bytes, used or not: that of the first card, or that of this machine, or of its container
     * where there is one with a limit.
     *
     * @throws ModelException when the card does not tell
     */
    public static long total(RuntimeOptions.Device device) throws ModelException {
        return switch (device) {
            case CPU ->
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
            case CUDA -> card();
        };
    }

    private static long card() throws ModelException {
        try {
            return CudaUtils.getGpuMemory(Device.gpu(0)).getMax();
        } catch (RuntimeException | LinkageError e) {
            throw new ModelException(
                    "The memory of the CUDA card cannot be told (" + e.getMessage() + "): set model-memory", e);
        }
    }
}
