package dev.darkroom.worker.config;

import java.util.Optional;

/**
 * What inference runs on.
 *
 * @param threads of one inference on the CPU; 0 takes every core
 * @param modelMemory what the loaded models may take together; empty for a share of what the device has
 */
public record DeviceConfig(
        Kind kind, int threads, Memory memory, Determinism determinism, Optional<ByteSize> modelMemory) {
    /** {@code AUTO} takes CUDA where it is present and works, else the CPU. */
    public enum Kind {
        AUTO,
        CPU,
        CUDA
    }

    /** {@code LOW} leaves the weights in the mapped file; {@code HIGH} keeps repacked copies, which step faster. */
    public enum Memory {
        LOW,
        HIGH
    }

    /**
     * {@code STRICT}: no bit of a picture depends on other jobs. {@code FAST}: jobs share calls of the UNet on every device,
     * and may change a picture by a rounding where its kernels depend on the number of rows.
     */
    public enum Determinism {
        STRICT,
        FAST
    }

    public DeviceConfig {
        new Rules()
                .check(threads >= 0 && threads <= 1024, "threads", "must be 0-1024", threads)
                .check(modelMemory.map(size -> size.bytes() > 0).orElse(true), "model-memory", "must be more than 0B")
                .raise();
    }
}
