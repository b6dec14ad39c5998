package dev.darkroom.worker.model;

import java.util.Locale;

/** The numbers that a network computes with. */
public enum Precision {
    /** Float16; on a GPU only. Parts that overflow in it stay in float32. */
    FP16,
    /** Float32. */
    FP32,
    /**
     * Bytes, in the linear layers and convolutions of the UNet that bear it; all else is in float32. On the CPU only, and
     * there only if it multiplies bytes without cutting off sums.
     */
    INT8;

    /** As catalogues and logs have it: {@code fp16}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
