package dev.darkroom.worker.model;

/**
 * What a UNet is told of a prompt.
 *
 * @param context {@code (batch, tokens, cross attention width)}
 */
public record TextEncoding(Tensor context) {}
