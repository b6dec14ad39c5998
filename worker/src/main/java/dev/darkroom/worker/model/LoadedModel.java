package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.TokenRows;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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

    /**
     * The LoRAs that changed it, in order of id. Their hashes are computed as {@link #sha256} is.
     *
     * @throws InferenceException as {@link #sha256}
     */
    default List<AppliedLora> loras() {
        return List.of();
    }

    /** The textual inversions that its tokenizers know, in the order of their tokens. */
    default List<AppliedEmbedding> embeddings() {
        return List.of();
    }

    /** Those whose words its tokenizers know too, so that a prompt which has one can be refused. */
    default List<UnusableEmbedding> unusableEmbeddings() {
        return List.of();
    }

    /** The tokenizer, the first one of several. */
    ClipTokenizer tokenizer();

    /** The text encoder, the first one of several. */
    TextEncoder textEncoder();

    /**
     * Encodes prompts as the UNet wants them, with all text encoders that the model has.
     *
     * @param prompts as rows of tokens: asked once for each tokenizer, and of the same number of rows for all
     * @param clipSkip how many of the last layers to leave out, 0 for none
     * @throws InferenceException when the runtime fails
     */
    default TextEncoding encode(Function<ClipTokenizer, TokenRows> prompts, int clipSkip) {
        return encode(textEncoder(), prompts.apply(tokenizer()), clipSkip);
    }

    /** Encodes prompts plainly, a row each: what is too long is cut, as diffusers does. */
    default TextEncoding encode(List<String> prompts, int clipSkip) {
        return encode(tokenizer -> TokenRows.plain(tokenizer, prompts), clipSkip);
    }

    /** One encoder's states of some rows, weighed as the rows ask for. */
    static TextEncoding encode(TextEncoder encoder, TokenRows rows, int clipSkip) {
        TextEncoding encoding = encoder.encode(rows.ids(), clipSkip);
        Emphasis.apply(encoding.context(), rows);
        return encoding;
    }

    Unet unet();

    /** How long the UNet's calls take here; empty where nobody has measured them. */
    default Optional<CallTimes> callTimes() {
        return Optional.empty();
    }

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
