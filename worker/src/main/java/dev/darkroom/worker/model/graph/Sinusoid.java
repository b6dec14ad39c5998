package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.checkpoint.UnetConfig;

/**
 * The sinusoidal embedding of numbers (Vaswani et al. 2017, section 3.5; Ho et al. 2020, appendix B). It is computed
 * here and not in the graph, so that it is the same on every device: the argument of the sine is rounded to float32
 * where torch rounds it, for at a timestep of 999 that rounding can be seen in the result.
 */
public final class Sinusoid {
    private static final float LOG_MAX_PERIOD = (float) -Math.log(10_000);

    private final float[] frequencies;
    private final boolean cosinesFirst;

    public Sinusoid(UnetConfig.TimeEmbedding embedding) {
        int half = embedding.frequencies() / 2;
        frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            float exponent = LOG_MAX_PERIOD * i / (float) (half - embedding.frequencyShift());
            frequencies[i] = (float) Math.exp(exponent);
        }
        cosinesFirst = embedding.cosinesFirst();
    }

    /** Number of values for each timestep. */
    public int width() {
        return 2 * frequencies.length;
    }

    /** Embeds each timestep: {@code (timesteps.length, width)}, flat. */
    public float[] of(float[] timesteps) {
        int half = frequencies.length;
        float[] embedded = new float[timesteps.length * width()];
        for (int row = 0; row < timesteps.length; row++) {
            int cosines = row * width() + (cosinesFirst ? 0 : half);
            int sines = row * width() + (cosinesFirst ? half : 0);
            for (int i = 0; i < half; i++) {
                float angle = timesteps[row] * frequencies[i];
                embedded[cosines + i] = (float) Math.cos(angle);
                embedded[sines + i] = (float) Math.sin(angle);
            }
        }
        return embedded;
    }
}
