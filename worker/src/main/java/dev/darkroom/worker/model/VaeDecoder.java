package dev.darkroom.worker.model;

/** The decoding half of a variational autoencoder. Safe for use by several threads. */
public interface VaeDecoder extends AutoCloseable {
    /**
     * Turns latents into pictures.
     *
     * @param latents {@code (batch, 4, h/8, w/8)} as they leave the denoising loop, scaled by {@code scaling_factor}
     * @return {@code (batch, 3, h, w)}, about -1 to 1
     * @throws InferenceException when the runtime fails
     */
    Tensor decode(Tensor latents);

    @Override
    void close();
}
