package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import java.util.List;

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

    /** The tokenizer, the first one of several. */
    ClipTokenizer tokenizer();

    /** The text encoder, the first one of several. */
    TextEncoder textEncoder();

    /**
     * Encodes prompts as the UNet wants them, with all text encoders that the model has.
     *
     * @param clipSkip how many of the last layers to leave out, 0 for none
     * @throws InferenceException when the runtime fails
     */
    default TextEncoding encode(List<String> prompts, int clipSkip) {
        int[][] tokens = prompts.stream().map(tokenizer()::padded).toArray(int[][]::new);
        return textEncoder().encode(tokens, clipSkip);
    }

    Unet unet();

    VaeDecoder vaeDecoder();

    /**
     * The encoder, for jobs that begin with a picture. The first call loads it, and may take as long as that takes; it is
     * closed with the model.
     *
     * @throws ModelException when it cannot be loaded
     * @throws IllegalStateException when the model was closed before
     */
    VaeEncoder vaeEncoder() throws ModelException;

    @Override
    void close();
}
