package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;
import java.util.Objects;

/**
 * The training noise as the schedulers see it that step along whole training timesteps on samples of unit variance:
 * DDIM, DDPM, PNDM, LCM, TCD. Immutable.
 */
final class AlphaSchedule {
    private final SchedulerConfig config;
    private final int[] timesteps;
    private final float[] alphasCumprod;
    private final float finalAlphaCumprod;

    /**
     * A schedule along these timesteps.
     *
     * @throws UnsupportedSchedulerException when the UNet could not tell the picture at the first of them
     */
    AlphaSchedule(SchedulerConfig config, int[] timesteps) {
        this.config = config;
        this.timesteps = timesteps;
        this.alphasCumprod = TrainingNoise.alphasCumprod(config);
        this.finalAlphaCumprod = config.setAlphaToOne() ? 1f : alphasCumprod[0];
        if (config.predictionType() == PredictionType.EPSILON && alphasCumprod[timesteps[0]] == 0f) {
            throw new UnsupportedSchedulerException("With rescale_betas_zero_snr the first step has no signal:"
                    + " prediction_type epsilon is then not supported, v_prediction or sample is needed");
        }
    }

    int steps() {
        return timesteps.length;
    }

    /** The timestep of a call; fails where there is no such call. */
    int timestep(int index) {
        return timesteps[Objects.checkIndex(index, timesteps.length)];
    }

    /** What is left of the picture's variance at a timestep; below 0, what is left of it at the very end. */
    float alpha(int timestep) {
        return timestep >= 0 ? alphasCumprod[timestep] : finalAlphaCumprod;
    }

    /** Writes the picture without noise that the UNet's output tells. */
    void original(int timestep, float[] to, float[] sample, float[] modelOutput) {
        float alpha = alphasCumprod[timestep];
        Mix.original(config.predictionType(), Math.sqrt(alpha), Math.sqrt(1f - alpha))
                .write(to, sample, modelOutput);
    }

    /** The same, kept within bounds where the configuration asks for that. */
    void boundedOriginal(int timestep, float[] to, float[] sample, float[] modelOutput) {
        original(timestep, to, sample, modelOutput);
        if (config.thresholding()) {
            SampleBounds.threshold(to, config.dynamicThresholdingRatio(), config.sampleMaxValue());
        } else if (config.clipSample()) {
            SampleBounds.clip(to, (float) config.clipSampleRange());
        }
    }

    /** The unit noise in a sample as a weighted sum of the sample and the UNet's output. */
    Mix noise(int timestep) {
        float alpha = alphasCumprod[timestep];
        return Mix.noise(config.predictionType(), Math.sqrt(alpha), Math.sqrt(1f - alpha));
    }

    static float root(float value) {
        return (float) Math.sqrt(value);
    }
}
