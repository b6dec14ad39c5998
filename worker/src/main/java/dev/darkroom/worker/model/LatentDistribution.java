package dev.darkroom.worker.model;

import java.util.Arrays;

/**
 * What an encoder knows of latents: independent normal distributions (Kingma and Welling 2013, arXiv:1312.6114; diffusers'
 * {@code DiagonalGaussianDistribution}), and how those of a denoising loop follow from them.
 *
 * @param mean {@code (batch, 4, h/8, w/8)}
 * @param logVariance the same shape, between {@value #LEAST} and {@value #MOST}
 * @param scalingFactor latents of the loop are multiplied by it
 * @param shiftFactor subtracted from them before that
 */
public record LatentDistribution(Tensor mean, Tensor logVariance, double scalingFactor, double shiftFactor) {
    /** Bounds of the logarithm of a variance, as diffusers has them. */
    public static final float LEAST = -30;

    public static final float MOST = 20;

    public LatentDistribution {
        if (!Arrays.equals(mean.shape(), logVariance.shape())) {
            throw new IllegalArgumentException("Mean and variance must have one shape, not "
                    + Arrays.toString(mean.shape()) + " and " + Arrays.toString(logVariance.shape()));
        }
    }

    /**
     * A draw of the first picture's latents, as a denoising loop takes them.
     *
     * @param noise unit noise {@code (4, h/8, w/8)}
     * @return {@code (4, h/8, w/8)}, a new array
     */
    public float[] sample(float[] noise) {
        if (noise.length != mean.rowSize()) {
            throw new IllegalArgumentException("Latents of " + mean.rowSize() + " values got noise of " + noise.length);
        }
        float scale = (float) scalingFactor;
        float shift = (float) shiftFactor;
        float[] latents = new float[noise.length];
        for (int i = 0; i < latents.length; i++) {
            float deviation = (float) Math.exp(0.5f * logVariance.data()[i]);
            latents[i] = scale * (mean.data()[i] + deviation * noise[i] - shift);
        }
        return latents;
    }

    /** The likeliest latents of the first picture {@code (4, h/8, w/8)}, not scaled: as models for editing take them. */
    public float[] mode() {
        return mean.row(0);
    }
}
