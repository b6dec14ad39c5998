package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;

/** A model that can run. Closing it closes its networks. Safe for use by several threads until it is closed. */
public interface LoadedModel extends AutoCloseable {
    ModelDescription description();

    /**
     * SHA-256 of the weights that make the picture (the UNet's file), in hex. It is computed once, and may take seconds
     * after the model was loaded.
     *
     * @throws InferenceException when the file cannot be read, or this thread was interrupted
     */
    String sha256();

    ClipTokenizer tokenizer();

    TextEncoder textEncoder();

    Unet unet();

    VaeDecoder vaeDecoder();

    @Override
    void close();
}
