package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.SpecialTokens;

/** The families of Stable Diffusion, with what neither shapes nor names of their tensors tell. */
enum Family {
    /** Stable Diffusion 1.x: OpenAI's CLIP, attention of eight heads. */
    SD1(SpecialTokens.CLIP.padding(), Activation.QUICK_GELU),
    /** Stable Diffusion 2.x: OpenCLIP, heads of a width of 64, texts filled up with exclamation marks. */
    SD2("!", Activation.GELU);

    /** Width of a head in CLIP's text encoders, and in the UNets since 2.0. */
    static final int HEAD_WIDTH = 64;

    private final String padding;
    private final Activation textActivation;

    Family(String padding, Activation textActivation) {
        this.padding = padding;
        this.textActivation = textActivation;
    }

    SpecialTokens specialTokens() {
        return SpecialTokens.CLIP.withPadding(padding);
    }

    Activation textActivation() {
        return textActivation;
    }

    /** Number of heads in the attentions of a UNet's block. */
    int heads(int channels) {
        return this == SD1 ? 8 : Math.max(1, channels / HEAD_WIDTH);
    }
}
