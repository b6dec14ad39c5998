package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.FinalSigmasType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.TimestepSpacing;

/**
 * The noise levels of the schedulers whose samples are the picture plus sigma times unit noise (k-diffusion's form,
 * Karras et al., 2022), and what they all do with them. Immutable.
 */
final class SigmaSchedule {
    private final SchedulerConfig config;
    /** One for each step, falling, and the final one. */
    private final float[] sigmas;

    /** The same before they were rounded to float32, without the final one. */
    private final double[] exact;

    private final double[] timesteps;
    private final float[] logs;

    /** A schedule whose timesteps are rounded to float32 before anything follows from them, as most classes do. */
    static SigmaSchedule of(SchedulerConfig config, int steps) {
        double[] timesteps = timesteps(config, steps);
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (float) timesteps[i];
        }
        return new SigmaSchedule(config, timesteps);
    }

    /** A schedule in double precision, as {@code DPMSolverSDEScheduler} makes it. */
    static SigmaSchedule unrounded(SchedulerConfig config, int steps) {
        return new SigmaSchedule(config, timesteps(config, steps));
    }

    private SigmaSchedule(SchedulerConfig config, double[] at) {
        this.config = config;
        int steps = at.length;
        float[] training = TrainingNoise.sigmas(TrainingNoise.alphasCumprodAboveZero(config));
        this.logs = Sigmas.logs(training);
        double[] spaced = new double[steps];
        for (int i = 0; i < steps; i++) {
            spaced[i] = Sigmas.interpolate(at[i], training);
        }
        if (config.sigmaSpacing() != SigmaSpacing.TIMESTEPS) {
            double max = config.sigmaMax().orElse(spaced[0]);
            double min = config.sigmaMin().orElse(spaced[steps - 1]);
            spaced = Sigmas.spaced(config.sigmaSpacing(), max, min, steps);
            for (int i = 0; i < steps; i++) {
                double timestep = Sigmas.timestep(spaced[i], logs);
                at[i] = roundsTimesteps(config) ? Math.rint(timestep) : timestep;
            }
        }
        float last = config.finalSigmasType() == FinalSigmasType.ZERO ? 0f : training[0];
        this.sigmas = Sigmas.withFinal(spaced, last);
        this.exact = spaced;
        checkFalling();
        this.timesteps = at;
    }

    /** All but the final one, which diffusers lets rise, too. */
    private void checkFalling() {
        for (int step = 1; step < exact.length; step++) {
            if (!(sigmas[step] < sigmas[step - 1])) {
                throw Sigmas.notFalling(exact.length, sigmas[step - 1], sigmas[step]);
            }
        }
    }

    /** Only the classes of DPM2 give the UNet whole timesteps, and only with Karras sigmas. */
    private static boolean roundsTimesteps(SchedulerConfig config) {
        boolean dpm2 = config.schedulerClass() == SchedulerClass.KDPM2
                || config.schedulerClass() == SchedulerClass.KDPM2_ANCESTRAL;
        return dpm2 && config.sigmaSpacing() == SigmaSpacing.KARRAS;
    }

    private static double[] timesteps(SchedulerConfig config, int steps) {
        Timesteps.checkSteps(steps, config);
        double[] timesteps = Timesteps.spaced(config, steps);
        Timesteps.check(timesteps, config);
        return timesteps;
    }

    /** How many steps there are; the final sigma is not one. */
    int steps() {
        return timesteps.length;
    }

    double timestep(int step) {
        return timesteps[step];
    }

    /** The noise level at a step, or after the last one. */
    float sigma(int place) {
        return sigmas[place];
    }

    /** The noise level at a step, in double precision. */
    double exact(int step) {
        return exact[step];
    }

    /** The timestep at which the training noise had this sigma. */
    double timestepOf(double sigma) {
        return Sigmas.timestep(sigma, logs);
    }

    float initNoiseSigma() {
        double max = sigmas[0];
        return config.timestepSpacing() == TimestepSpacing.LEADING ? (float) Math.sqrt(max * max + 1) : sigmas[0];
    }

    /** Writes the picture without noise that the UNet's output tells. */
    void original(float sigma, float[] to, float[] sample, float[] modelOutput) {
        PredictionType type = config.predictionType();
        double signal = 1 / Math.sqrt((double) sigma * sigma + 1);
        Mix.original(type, signal, sigma * signal).ofSampleTimes(signal).write(to, sample, modelOutput);
        if (config.clipSample()) {
            SampleBounds.clip(to, (float) config.clipSampleRange());
        }
    }

    /** Writes the derivative of the sample by sigma: unit noise, as far as the UNet can tell. */
    void derivative(float sigma, float[] to, float[] sample, float[] modelOutput) {
        original(sigma, to, sample, modelOutput);
        for (int i = 0; i < to.length; i++) {
            to[i] = (sample[i] - to[i]) / sigma;
        }
    }
}
