package dev.darkroom.worker.model.runtime;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;

/** For tests that need a GPU. */
public final class CudaMachine {
    public static final RuntimeOptions OPTIONS = new RuntimeOptions(Device.CUDA, 2, Memory.FAST_START);

    private CudaMachine() {}

    /** Skips a test, and says so, where networks do not run on CUDA. */
    public static void assumed() {
        boolean there = Device.available() == Device.CUDA;
        if (!there) {
            System.out.println("Skipped: CUDA does not work here, or this build of ONNX Runtime is without (-Pcuda)");
        }
        assumeTrue(there, "CUDA does not work here, or this build of ONNX Runtime is without (-Pcuda)");
    }
}
