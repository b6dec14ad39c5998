package dev.darkroom.worker.model.runtime;

/**
 * How networks run.
 *
 * @param threads processor cores that one call may use
 */
public record RuntimeOptions(Device device, int threads, Memory memory) {
    /** Where networks run. */
    public enum Device {
        CPU,
        /** The first CUDA device; needs the CUDA build of ONNX Runtime. */
        CUDA;

        /**
         * CUDA where this build of ONNX Runtime has it and it works, the CPU otherwise. Loads the runtime and, for
         * CUDA, tries the first card: that may take seconds.
         */
        public static Device available() {
            return Probe.device();
        }
    }

    /** What loading does with float32 weights on the CPU. */
    public enum Memory {
        /**
         * Weights stay in the file, mapped: a large model loads in a fraction of a second, and the processes of one
         * host share its pages. A step takes up to a quarter longer. Weights of 16 bits are widened to float32 while
         * the model loads, into one private copy. The rows of a UNet are computed one by one,
         * since a row may differ in its last bits by how many it is computed with; it may by the number of threads.
         */
        FAST_START,
        /**
         * Weights are copied into the layout that computes fastest: seconds of loading, a private copy. A row of a UNet
         * is the same, bit for bit, whatever other rows it is computed with, and by however many threads.
         */
        STEADY
    }

    public RuntimeOptions {
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException("threads must be 1 to 1024, not " + threads);
        }
    }

    /** The same for calls that compute on one thread. */
    public RuntimeOptions onOneThread() {
        return new RuntimeOptions(device, 1, memory);
    }

    /** Whether a row is the same, bit for bit, whatever rows are in its call. On CUDA nobody has shown it. */
    public boolean rowsAreIndependent() {
        return device == Device.CPU;
    }
}
