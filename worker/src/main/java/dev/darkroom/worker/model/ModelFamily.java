package dev.darkroom.worker.model;

/** The families of Stable Diffusion that this worker runs. */
public enum ModelFamily {
    /** Stable Diffusion 1.x. */
    SD1,
    /** Stable Diffusion 2.x. */
    SD2,
    /** Stable Diffusion XL base. */
    SDXL
}
