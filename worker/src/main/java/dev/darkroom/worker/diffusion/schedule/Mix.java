package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;

/**
 * A weighted sum of a noisy sample and of what the UNet said of it. What the UNet predicts and what a solver wants to
 * know (the picture, or the noise) are such sums of each other, since the sample is {@code signal * picture + noise *
 * unit noise} with {@code signal^2 + noise^2 = 1}.
 *
 * @param sample the weight of the sample
 * @param output the weight of the UNet's output
 */
record Mix(double sample, double output) {
    /** The picture without noise. */
    static Mix original(PredictionType type, double signal, double noise) {
        return switch (type) {
            case EPSILON -> new Mix(1 / signal, -noise / signal);
            case V_PREDICTION -> new Mix(signal, -noise);
            case SAMPLE -> new Mix(0, 1);
        };
    }

    /** The unit noise. */
    static Mix noise(PredictionType type, double signal, double noise) {
        return switch (type) {
            case EPSILON -> new Mix(0, 1);
            case V_PREDICTION -> new Mix(noise, signal);
            case SAMPLE -> new Mix(1 / noise, -signal / noise);
        };
    }

    /** The same sum where the sample is given times {@code 1 / factor}. */
    Mix ofSampleTimes(double factor) {
        return new Mix(sample * factor, output);
    }

    /** The sum of one value each. */
    float of(float sampleValue, float outputValue) {
        return (float) sample * sampleValue + (float) output * outputValue;
    }

    /** A picture with noise: the sum of both, each times its share; a new array. */
    static float[] noisy(float[] picture, float signal, float[] noise, float deviation) {
        if (picture.length != noise.length) {
            throw new IllegalArgumentException(
                    "A picture of " + picture.length + " values got noise of " + noise.length);
        }
        float[] noisy = new float[picture.length];
        for (int i = 0; i < noisy.length; i++) {
            noisy[i] = signal * picture[i] + deviation * noise[i];
        }
        return noisy;
    }

    /** Writes the sum. */
    void write(float[] to, float[] samples, float[] outputs) {
        if (samples.length != outputs.length) {
            throw new IllegalArgumentException(
                    "A sample of " + samples.length + " values got a model output of " + outputs.length);
        }
        float a = (float) sample;
        float b = (float) output;
        for (int i = 0; i < to.length; i++) {
            to[i] = a * samples[i] + b * outputs[i];
        }
    }
}
