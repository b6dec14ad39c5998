package dev.darkroom.worker.diffusion.schedule;

import java.util.Arrays;

/** Keeps a predicted sample within bounds. Works in place, on one picture. */
final class SampleBounds {
    private SampleBounds() {}

    static void clip(float[] sample, float range) {
        for (int i = 0; i < sample.length; i++) {
            sample[i] = Math.min(Math.max(sample[i], -range), range);
        }
    }

    /**
     * Dynamic thresholding (Saharia et al., 2022): clips to a quantile of the absolute values, never less than 1 nor
     * more than {@code maxValue}, and scales to [-1, 1].
     */
    static void threshold(float[] sample, double ratio, double maxValue) {
        float[] sorted = new float[sample.length];
        for (int i = 0; i < sample.length; i++) {
            sorted[i] = Math.abs(sample[i]);
        }
        Arrays.sort(sorted);
        double place = ratio * (sorted.length - 1);
        int low = (int) place;
        int high = Math.min(low + 1, sorted.length - 1);
        double quantile = sorted[low] + (place - low) * (sorted[high] - sorted[low]);
        float bound = (float) Math.min(Math.max(quantile, 1), maxValue);
        for (int i = 0; i < sample.length; i++) {
            sample[i] = Math.min(Math.max(sample[i], -bound), bound) / bound;
        }
    }
}
