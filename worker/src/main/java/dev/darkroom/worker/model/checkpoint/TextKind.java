package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.diffusion.text.SpecialTokens;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The two text encoders of Stable Diffusion, with what neither shapes nor names of their tensors tell. */
enum TextKind {
    /** OpenAI's CLIP. */
    CLIP(SpecialTokens.CLIP.padding(), "quick_gelu"),
    /** OpenCLIP; texts are filled up with exclamation marks. */
    OPEN_CLIP("!", "gelu");

    /** Each is made once, when it is first wanted, and is the same for all models: it holds 49,408 tokens. */
    private static final Map<TextKind, ClipTokenizer> TOKENIZERS = new ConcurrentHashMap<>();

    private final String padding;
    private final String activation;

    TextKind(String padding, String activation) {
        this.padding = padding;
        this.activation = activation;
    }

    SpecialTokens specialTokens() {
        return SpecialTokens.CLIP.withPadding(padding);
    }

    /** The tokenizer with CLIP's own vocabulary. */
    ClipTokenizer tokenizer() {
        return TOKENIZERS.computeIfAbsent(this, kind -> ClipVocabulary.tokenizer(kind.specialTokens()));
    }

    /** As transformers calls it. */
    String activation() {
        return activation;
    }
}
