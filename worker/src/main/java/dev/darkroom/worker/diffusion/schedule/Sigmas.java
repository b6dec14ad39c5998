package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;

/** Noise levels spaced by a rule of their own, and the way between them and timesteps. In double precision, as numpy. */
final class Sigmas {
    private static final double RHO = 7;

    private Sigmas() {}

    /** {@code count} sigmas from {@code max} down to {@code min}. */
    static double[] spaced(SigmaSpacing spacing, double max, double min, int count) {
        double[] sigmas = new double[count];
        for (int i = 0; i < count; i++) {
            double ramp = count == 1 ? 0 : (double) i / (count - 1);
            sigmas[i] = switch (spacing) {
                case KARRAS -> karras(max, min, ramp);
                case EXPONENTIAL, LU -> Math.exp(Math.log(max) + ramp * (Math.log(min) - Math.log(max)));
                case BETA -> min + BetaDistribution.quantile(1 - ramp) * (max - min);
                case TIMESTEPS -> throw new IllegalArgumentException("These sigmas follow from the timesteps");
            };
        }
        return sigmas;
    }

    /** Even in the seventh root (Karras et al., 2022, equation 5). */
    private static double karras(double max, double min, double ramp) {
        double maxRoot = Math.pow(max, 1 / RHO);
        double minRoot = Math.pow(min, 1 / RHO);
        return Math.pow(maxRoot + ramp * (minRoot - maxRoot), RHO);
    }

    /** The sigma at a timestep of the training range, between whole ones linearly. */
    static double interpolate(double timestep, float[] sigmas) {
        int low = (int) timestep;
        int high = Math.min(low + 1, sigmas.length - 1);
        double slope = (double) sigmas[high] - sigmas[low];
        return slope * (timestep - low) + sigmas[low];
    }

    /** The logarithms of rising sigmas, each rounded to float32. */
    static float[] logs(float[] sigmas) {
        float[] logs = new float[sigmas.length];
        for (int t = 0; t < logs.length; t++) {
            logs[t] = (float) Math.log(sigmas[t]);
        }
        return logs;
    }

    /** The timestep at which the training noise had this sigma, linear in the logarithm; within the training range. */
    static double timestep(double sigma, float[] logSigmas) {
        if (logSigmas.length == 1) {
            return 0;
        }
        double logSigma = Math.log(Math.max(sigma, 1e-10));
        int low = 0;
        int high = logSigmas.length - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (logSigma >= logSigmas[middle]) {
                low = middle;
            } else {
                high = middle;
            }
        }
        double weight = (logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[high]);
        weight = Math.min(Math.max(weight, 0), 1);
        return (1 - weight) * low + weight * high;
    }

    /** The error for noise levels that a configuration puts in another order than that of the steps. */
    static UnsupportedSchedulerException notFalling(int steps, float sigma, float next) {
        return new UnsupportedSchedulerException(steps + " steps cannot be placed: the noise levels " + sigma + " and "
                + next + " that follow each other do not fall");
    }

    /** The list that a solver steps along: the sigmas, rounded to float32, then the final one. */
    static float[] withFinal(double[] sigmas, float last) {
        float[] all = new float[sigmas.length + 1];
        for (int i = 0; i < sigmas.length; i++) {
            all[i] = (float) sigmas[i];
        }
        all[sigmas.length] = last;
        return all;
    }
}
