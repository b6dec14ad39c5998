package dev.darkroom.worker.model;

/** The text encoder (or encoders) of a model. Safe for use by several threads. */
public interface TextEncoder extends AutoCloseable {
    /**
     * Encodes prompts.
     *
     * @param tokens one row of ids for each prompt {@code (batch, 77)}, padded as the model's tokenizer does
     * @param clipSkip how many of the last layers to leave out, 0 for none
     * @throws InferenceException when the runtime fails
     */
    TextEncoding encode(int[][] tokens, int clipSkip);

    @Override
    void close();
}
