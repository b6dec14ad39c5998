package dev.darkroom.worker.develop;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.Tensor;

/**
 * A picture as it leaves the darkroom.
 *
 * @param latents what the denoising loop ended with {@code (1, 4, h/8, w/8)}
 */
public record DevelopedImage(Picture picture, long seed, Tensor latents) {}
