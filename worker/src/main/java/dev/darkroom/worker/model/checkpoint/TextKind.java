package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.SpecialTokens;

/** The two text encoders of Stable Diffusion, with what neither shapes nor names of their tensors tell. */
enum TextKind {
    /** OpenAI's CLIP. */
    CLIP(SpecialTokens.CLIP.padding(), "quick_gelu"),
    /** OpenCLIP; texts are filled up with exclamation marks. */
    OPEN_CLIP("!", "gelu");

    private final String padding;
    private final String activation;

    TextKind(String padding, String activation) {
        this.padding = padding;
        this.activation = activation;
    }

    SpecialTokens specialTokens() {
        return SpecialTokens.CLIP.withPadding(padding);
    }

    /** As transformers calls it. */
    String activation() {
        return activation;
    }
}
