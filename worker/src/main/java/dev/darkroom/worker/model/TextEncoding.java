package dev.darkroom.worker.model;

import java.util.Optional;

/**
 * What a UNet is told of some prompts.
 *
 * @param context {@code (batch, tokens, cross attention width)}
 * @param pooled each prompt as a whole, {@code (batch, width)}; only Stable Diffusion XL has it
 */
public record TextEncoding(Tensor context, Optional<Tensor> pooled) {
    /** Without a pooled form. */
    public TextEncoding(Tensor context) {
        this(context, Optional.empty());
    }
}
