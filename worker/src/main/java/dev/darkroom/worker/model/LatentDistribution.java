package dev.darkroom.worker.model;

import java.util.Arrays;

/**
 * What an encoder knows of latents: independent normal distributions (Kingma and Welling 2013, arXiv:1312.6114; diffusers'
 * {@code DiagonalGaussianDistribution}). Not scaled: latents of a denoising loop are these times
 * {@code scaling_factor}.
 *
 * @param mean {@code (batch, 4, h/8, w/8)}
 * @param logVariance the same shape, between {@value #LEAST} and {@value #MOST}
 */
public record LatentDistribution(Tensor mean, Tensor logVariance) {
    /** Bounds of the logarithm of a variance, as diffusers has them. */
    public static final float LEAST = -30;

    public static final float MOST = 20;

    public LatentDistribution {
        if (!Arrays.equals(mean.shape(), logVariance.shape())) {
            throw new IllegalArgumentException("Mean and variance must have one shape, not "
                    + Arrays.toString(mean.shape()) + " and " + Arrays.toString(logVariance.shape()));
        }
    }
}
