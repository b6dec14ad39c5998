package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.BetaSchedule;

/**
 * How much of the picture is left at each training timestep: the cumulative product of the alphas.
 *
 * <p>Values are float32 as in torch, where a product is accumulated in double precision and every output rounded.
 */
final class TrainingNoise {
    /** What schedulers over sigmas put in place of a signal of zero, which would be an infinite sigma. */
    private static final float SMALLEST_SIGNAL = 0x1p-24f;

    private TrainingNoise() {}

    /** The remaining signal at each timestep; the last is exactly zero where the configuration asks for that. */
    static float[] alphasCumprod(SchedulerConfig config) {
        float[] betas = betas(config);
        if (config.rescaleBetasZeroSnr()) {
            rescaleToZeroSnr(betas);
        }
        return cumulativeProduct(betas);
    }

    /** The same, never zero. */
    static float[] alphasCumprodAboveZero(SchedulerConfig config) {
        float[] alphas = alphasCumprod(config);
        if (config.rescaleBetasZeroSnr()) {
            alphas[alphas.length - 1] = SMALLEST_SIGNAL;
        }
        return alphas;
    }

    /** The standard deviation of the noise over that of the signal, for each timestep; rising. */
    static float[] sigmas(float[] alphasCumprod) {
        float[] sigmas = new float[alphasCumprod.length];
        for (int t = 0; t < sigmas.length; t++) {
            sigmas[t] = (float) Math.sqrt((1f - alphasCumprod[t]) / alphasCumprod[t]);
        }
        return sigmas;
    }

    private static float[] betas(SchedulerConfig config) {
        int n = config.numTrainTimesteps();
        float[] betas = new float[n];
        if (!config.trainedBetas().isEmpty()) {
            for (int t = 0; t < n; t++) {
                betas[t] = config.trainedBetas().get(t).floatValue();
            }
        } else if (config.betaSchedule() == BetaSchedule.LINEAR) {
            linspace(betas, config.betaStart(), config.betaEnd());
        } else if (config.betaSchedule() == BetaSchedule.SCALED_LINEAR) {
            linspace(betas, Math.sqrt(config.betaStart()), Math.sqrt(config.betaEnd()));
            for (int t = 0; t < n; t++) {
                betas[t] *= betas[t];
            }
        } else {
            for (int t = 0; t < n; t++) {
                betas[t] = (float) Math.min(1 - cosineAlpha((t + 1.0) / n) / cosineAlpha((double) t / n), 0.999);
            }
        }
        return betas;
    }

    /** To the bit what {@code torch.linspace} makes of float32: from both ends to the middle, with fused multiply-adds. */
    private static void linspace(float[] values, double from, double to) {
        int n = values.length;
        float first = (float) from;
        float last = (float) to;
        float step = (last - first) / (n - 1);
        for (int i = 0; i < n; i++) {
            values[i] = i < n / 2 ? Math.fma(step, (float) i, first) : Math.fma(-step, (float) (n - 1 - i), last);
        }
        if (n == 1) {
            values[0] = first;
        }
    }

    /** The remaining signal at a point of time from 0 to 1 (Nichol and Dhariwal, 2021). */
    private static double cosineAlpha(double time) {
        double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }

    private static float[] cumulativeProduct(float[] betas) {
        float[] products = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1f - betas[t];
            products[t] = (float) product;
        }
        return products;
    }

    /** Shifts and scales so that nothing of the picture is left at the last timestep (Lin et al., 2023, algorithm 1). */
    private static void rescaleToZeroSnr(float[] betas) {
        float[] alphas = cumulativeProduct(betas);
        int n = alphas.length;
        if (n == 1) {
            throw new UnsupportedSchedulerException(
                    "The scheduler setting rescale_betas_zero_snr needs more than one training timestep");
        }
        float first = (float) Math.sqrt(alphas[0]);
        float last = (float) Math.sqrt(alphas[n - 1]);
        float scale = first / (first - last);
        for (int t = 0; t < n; t++) {
            float root = ((float) Math.sqrt(alphas[t]) - last) * scale;
            alphas[t] = root * root;
        }
        betas[0] = 1f - alphas[0];
        for (int t = 1; t < n; t++) {
            betas[t] = 1f - alphas[t] / alphas[t - 1];
        }
    }
}
