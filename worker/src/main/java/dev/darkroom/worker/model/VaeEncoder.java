package dev.darkroom.worker.model;

/** The encoding half of a variational autoencoder. Safe for use by several threads. */
public interface VaeEncoder extends AutoCloseable {
    /**
     * Turns pictures into the distribution of their latents.
     *
     * @param pictures {@code (batch, 3, h, w)}, -1 to 1; height and width are multiples of the model's latent scale
     * @throws IllegalArgumentException when the pictures have another shape
     * @throws InferenceException when the runtime fails
     */
    LatentDistribution encode(Tensor pictures);

    @Override
    void close();
}
