package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;

/** A model that can run. Closing it closes its networks. Safe for use by several threads until it is closed. */
public interface LoadedModel extends AutoCloseable {
    ModelDescription description();

    /** SHA-256 of the weights that make the picture (the UNet's file), in hex; computed once, may take seconds then. */
    String sha256();

    ClipTokenizer tokenizer();

    TextEncoder textEncoder();

    Unet unet();

    VaeDecoder vaeDecoder();

    @Override
    void close();
}
