package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * Denoising diffusion implicit models (Song et al., 2020, equation 12), as diffusers' {@code DDIMScheduler}.
 *
 * <p>Each step predicts the picture without noise and goes towards it along the predicted noise, as far as the next
 * timestep's noise level. With {@code eta} above 0 a part of the noise is drawn afresh; at 1 this is ancestral sampling.
 */
public final class DdimScheduler implements Scheduler {
    private final SchedulerConfig config;
    private final float eta;
    private final double[] timesteps;
    private final float[] alphasCumprod;
    private final float finalAlphaCumprod;

    /**
     * A scheduler for a number of steps.
     *
     * @param eta share of the noise that is drawn afresh, 0 to 1
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DdimScheduler(SchedulerConfig config, int steps, double eta) {
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta must be from 0 to 1: " + eta);
        }
        this.config = config;
        this.eta = (float) eta;
        this.timesteps = timesteps(config, steps);
        this.alphasCumprod = TrainingNoise.alphasCumprod(config);
        this.finalAlphaCumprod = config.setAlphaToOne() ? 1f : alphasCumprod[0];
        if (config.predictionType() == PredictionType.EPSILON && alphasCumprod[(int) timesteps[0]] == 0f) {
            throw new UnsupportedSchedulerException("With rescale_betas_zero_snr the first step has no signal:"
                    + " prediction_type epsilon is then not supported, v_prediction or sample is needed");
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
        Timesteps.round(timesteps);
        Timesteps.check(timesteps, config);
        return timesteps;
    }

    @Override
    public int steps() {
        return timesteps.length;
    }

    @Override
    public float timestep(int index) {
        return (float) timesteps[index];
    }

    @Override
    public float initNoiseSigma() {
        return 1f;
    }

    @Override
    public float[] scaleModelInput(int index, float[] sample) {
        return sample;
    }

    @Override
    public float[] step(
            int index, float[] modelOutput, float[] sample, SolverHistory history, IntFunction<float[]> normal) {
        Objects.checkIndex(index, timesteps.length);
        int timestep = (int) timesteps[index];
        int before = timestep - config.numTrainTimesteps() / timesteps.length;
        float alpha = alphasCumprod[timestep];
        float nextAlpha = before >= 0 ? alphasCumprod[before] : finalAlphaCumprod;

        double signal = Math.sqrt(alpha);
        double noiseShare = Math.sqrt(1f - alpha);
        float[] original = new float[sample.length];
        Mix.original(config.predictionType(), signal, noiseShare).write(original, sample, modelOutput);
        float[] noise = modelOutput;
        if (config.predictionType() != PredictionType.EPSILON) {
            noise = new float[sample.length];
            Mix.noise(config.predictionType(), signal, noiseShare).write(noise, sample, modelOutput);
        }
        if (config.thresholding()) {
            SampleBounds.threshold(original, config.dynamicThresholdingRatio(), config.sampleMaxValue());
        } else if (config.clipSample()) {
            SampleBounds.clip(original, (float) config.clipSampleRange());
        }
        float deviation = eta * (float) Math.sqrt(variance(alpha, nextAlpha));
        float rootNextAlpha = root(nextAlpha);
        float direction = root(Math.max(1f - nextAlpha - deviation * deviation, 0f));
        for (int i = 0; i < original.length; i++) {
            original[i] = rootNextAlpha * original[i] + direction * noise[i];
        }
        if (eta > 0) {
            float[] fresh = normal.apply(original.length);
            for (int i = 0; i < original.length; i++) {
                original[i] += deviation * fresh[i];
            }
        }
        return original;
    }

    private static float variance(float alpha, float nextAlpha) {
        return (1f - nextAlpha) / (1f - alpha) * (1f - alpha / nextAlpha);
    }

    private static float root(float value) {
        return (float) Math.sqrt(value);
    }
}
