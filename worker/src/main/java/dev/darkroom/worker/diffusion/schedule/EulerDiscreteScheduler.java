package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.TimestepSpacing;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Euler's method on the probability flow equation (Karras et al., 2022, algorithm 2 without churn), as diffusers'
 * {@code EulerDiscreteScheduler}. Samples are those of the variance-exploding form: signal plus sigma times noise.
 */
public final class EulerDiscreteScheduler implements Scheduler {
    private final SchedulerConfig config;
    /** One for each step, falling, and the final one. */
    private final float[] sigmas;

    private final float[] timesteps;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public EulerDiscreteScheduler(SchedulerConfig config, int steps) {
        this.config = config;
        float[] training = TrainingNoise.sigmas(TrainingNoise.alphasCumprodAboveZero(config));
        double[] at = timesteps(config, steps);
        double[] spaced = new double[steps];
        for (int i = 0; i < steps; i++) {
            spaced[i] = Sigmas.interpolate(at[i], training);
        }
        if (config.sigmaSpacing() != SigmaSpacing.TIMESTEPS) {
            double max = config.sigmaMax().orElse(spaced[0]);
            double min = config.sigmaMin().orElse(spaced[steps - 1]);
            spaced = Sigmas.spaced(config.sigmaSpacing(), max, min, steps);
            float[] logs = Sigmas.logs(training);
            for (int i = 0; i < steps; i++) {
                at[i] = Sigmas.timestep(spaced[i], logs);
            }
        }
        this.sigmas = Sigmas.withFinal(spaced, config.finalSigmasType(), training);
        this.timesteps = new float[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (float) at[i];
        }
    }

    private static double[] timesteps(SchedulerConfig config, int steps) {
        Timesteps.checkSteps(steps, config);
        int range = config.numTrainTimesteps();
        double[] timesteps = switch (config.timestepSpacing()) {
            case LINSPACE -> Timesteps.linspace(range - 1, steps);
            case LEADING -> Timesteps.leading(range, steps, config.stepsOffset());
            case TRAILING -> Timesteps.trailing(range, range, steps);
        };
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (float) timesteps[i];
        }
        Timesteps.check(timesteps, config);
        return timesteps;
    }

    /** The noise level at a step, or after the last one. */
    float sigma(int place) {
        return sigmas[place];
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
        double max = sigmas[0];
        return config.timestepSpacing() == TimestepSpacing.LEADING ? (float) Math.sqrt(max * max + 1) : sigmas[0];
    }

    @Override
    public float[] scaleModelInput(int index, float[] sample) {
        double sigma = sigmas[Objects.checkIndex(index, timesteps.length)];
        float scale = (float) Math.sqrt(sigma * sigma + 1);
        float[] scaled = new float[sample.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sample[i] / scale;
        }
        return scaled;
    }

    @Override
    public float[] step(
            int index, float[] modelOutput, float[] sample, SolverHistory history, IntFunction<float[]> normal) {
        float sigma = sigmas[Objects.checkIndex(index, timesteps.length)];
        float change = sigmas[index + 1] - sigma;
        double signal = 1 / Math.sqrt((double) sigma * sigma + 1);
        float[] next = new float[sample.length];
        Mix.original(config.predictionType(), signal, sigma * signal)
                .ofSampleTimes(signal)
                .write(next, sample, modelOutput);
        for (int i = 0; i < next.length; i++) {
            float derivative = (sample[i] - next[i]) / sigma;
            next[i] = sample[i] + derivative * change;
        }
        return next;
    }
}
