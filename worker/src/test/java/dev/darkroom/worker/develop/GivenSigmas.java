package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.NoiseSource;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;

/** Euler's method along given sigmas. */
final class GivenSigmas implements Scheduler {
    private final float[] timesteps;
    private final double[] sigmas;

    GivenSigmas(float[] timesteps, double[] sigmas) {
        this.timesteps = timesteps;
        this.sigmas = sigmas;
    }

    @Override
    public int steps() {
        return timesteps.length;
    }

    @Override
    public float timestep(int index) {
        return timesteps[index];
    }

    @Override
    public float initNoiseSigma() {
        return (float) sigmas[0];
    }

    @Override
    public float[] scaleModelInput(int index, float[] sample) {
        float[] scaled = new float[sample.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (sample[i] / Math.sqrt(sigmas[index] * sigmas[index] + 1));
        }
        return scaled;
    }

    @Override
    public float[] addNoise(int index, float[] picture, float[] noise) {
        throw new UnsupportedOperationException("These cases begin with noise alone");
    }

    @Override
    public float[] step(int index, float[] output, float[] sample, SolverHistory history, NoiseSource noise) {
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = (float) (sample[i] + output[i] * (sigmas[index + 1] - sigmas[index]));
        }
        return next;
    }
}
