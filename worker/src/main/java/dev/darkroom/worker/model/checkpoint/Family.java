package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelFamily;

/** The families of Stable Diffusion, with what neither shapes nor names of their tensors tell. */
enum Family {
    /** Stable Diffusion 1.x: attention of eight heads. */
    SD1("Stable Diffusion 1.x", TextKind.CLIP, "cond_stage_model.transformer.", 0.18215),
    /** Stable Diffusion 2.x: heads of a width of 64. */
    SD2("Stable Diffusion 2.x", TextKind.OPEN_CLIP, "cond_stage_model.model.", 0.18215),
    /** Stable Diffusion XL base: two text encoders, of which this is the first; another VAE. */
    SDXL("Stable Diffusion XL", TextKind.CLIP, "conditioner.embedders.0.transformer.", 0.13025);

    /** Where the second text encoder of Stable Diffusion XL is, an OpenCLIP. */
    static final String SECOND_TEXT = "conditioner.embedders.1.model.";

    /** Width of a head in CLIP's text encoders, and in the UNets since 2.0. */
    static final int HEAD_WIDTH = 64;

    private final String label;
    private final TextKind text;
    private final String textPrefix;
    private final double latentScale;

    Family(String label, TextKind text, String textPrefix, double latentScale) {
        this.label = label;
        this.text = text;
        this.textPrefix = textPrefix;
        this.latentScale = latentScale;
    }

    static Family of(ModelFamily family) {
        return valueOf(family.name());
    }

    /** For messages. */
    String label() {
        return label;
    }

    ModelFamily family() {
        return ModelFamily.valueOf(name());
    }

    /** The kind of the first text encoder. */
    TextKind text() {
        return text;
    }

    /** What the tensors of the first text encoder begin with in a single file. */
    String textPrefix() {
        return textPrefix;
    }

    /** The VAE's {@code scaling_factor}. */
    double latentScale() {
        return latentScale;
    }

    /** Whether the projections around a transformer are matrices, not 1x1 convolutions. */
    boolean projectionIsLinear() {
        return this != SD1;
    }

    /** Number of heads in the attentions of a UNet's block. */
    int heads(int channels) {
        return this == SD1 ? 8 : Math.max(1, channels / HEAD_WIDTH);
    }
}
