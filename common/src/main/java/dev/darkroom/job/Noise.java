package dev.darkroom.job;

import java.util.Optional;

/** Whose random numbers a job's noise is made of: the same seed is another picture with each. */
public enum Noise {
    /** Those of torch on the CPU, to the bit: what diffusers draws from a generator on the CPU. */
    TORCH_CPU("torch-cpu"),
    /** Those of torch on an Nvidia card (Philox), as A1111's web UI draws them by default. */
    CUDA_PHILOX("cuda-philox");

    private final String label;

    Noise(String label) {
        this.label = label;
    }

    /** The name in a job: {@code torch-cpu} or {@code cuda-philox}. */
    public String label() {
        return label;
    }

    /** The noise of that name. */
    public static Optional<Noise> labelled(String label) {
        for (Noise noise : values()) {
            if (noise.label().equals(label)) {
                return Optional.of(noise);
            }
        }
        return Optional.empty();
    }
}
