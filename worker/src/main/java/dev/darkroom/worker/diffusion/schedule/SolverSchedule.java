package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.BetaSchedule;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.FinalSigmasType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.TimestepSpacing;
import java.util.Arrays;

/**
 * The noise levels of the solvers that work in lambda, the logarithm of signal over noise, on samples of unit variance:
 * DPM-Solver, DEIS, UniPC. Immutable.
 */
final class SolverSchedule {
    /** Where timesteps are cut off, so much below a whole one counts as whole: the first must not lose a step to rounding. */
    private static final double HAIR = 1e-3;

    private final SchedulerConfig config;
    /** One for each step, falling, and the final one. */
    private final float[] sigmas;

    private final double[] timesteps;

    /**
     * A schedule of a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    SolverSchedule(SchedulerConfig config, int steps) {
        Timesteps.checkSteps(steps, config);
        this.config = config;
        float[] training = TrainingNoise.sigmas(TrainingNoise.alphasCumprodAboveZero(config));
        double[] spaced;
        if (config.sigmaSpacing() == SigmaSpacing.TIMESTEPS) {
            this.timesteps = timesteps(config, steps, lastTimestep(training));
            spaced = new double[steps];
            Arrays.setAll(spaced, i -> Sigmas.interpolate(timesteps[i], training));
        } else {
            double max = config.sigmaMax().orElse(training[training.length - 1]);
            double min = config.sigmaMin().orElse(training[0]);
            spaced = Sigmas.spaced(config.sigmaSpacing(), max, min, steps);
            this.timesteps = timesteps(spaced, Sigmas.logs(training));
        }
        this.sigmas = Sigmas.withFinal(spaced, last(spaced, training));
        checkFalling();
    }

    /** The final sigma: zero, or the least, which for the DPM-Solvers is that of the training noise in any case. */
    private float last(double[] spaced, float[] training) {
        if (config.finalSigmasType() == FinalSigmasType.ZERO) {
            return 0f;
        }
        boolean own = config.schedulerClass() == SchedulerClass.DEIS_MULTISTEP
                || config.schedulerClass() == SchedulerClass.UNIPC_MULTISTEP;
        return own && config.sigmaSpacing() != SigmaSpacing.TIMESTEPS ? (float) spaced[spaced.length - 1] : training[0];
    }

    /** How many timesteps have at least as much signal as is asked for. */
    private int lastTimestep(float[] training) {
        int count = training.length;
        while (count > 0 && -Math.log(training[count - 1]) < config.lambdaMinClipped()) {
            count--;
        }
        return count;
    }

    private static double[] timesteps(SchedulerConfig config, int steps, int last) {
        TimestepSpacing spacing = config.timestepSpacing();
        double[] timesteps = switch (spacing) {
            case LINSPACE -> Arrays.copyOf(Timesteps.linspace(Math.max(last - 1, 0), steps + 1), steps);
            case LEADING -> Arrays.copyOf(Timesteps.leading(last, steps + 1, config.stepsOffset()), steps);
            case TRAILING -> Timesteps.trailing(config.numTrainTimesteps(), last, steps);
        };
        Timesteps.round(timesteps);
        Timesteps.check(timesteps, config);
        return timesteps;
    }

    /** Whole timesteps for spaced sigmas: rounded or cut off, whichever diffusers does for that spacing. */
    private double[] timesteps(double[] spaced, float[] logs) {
        boolean cut = config.schedulerClass() == SchedulerClass.DPM_SOLVER_MULTISTEP
                && config.betaSchedule() == BetaSchedule.SQUAREDCOS_CAP_V2;
        boolean rounded = config.sigmaSpacing() == SigmaSpacing.KARRAS || config.sigmaSpacing() == SigmaSpacing.LU;
        double[] whole = new double[spaced.length];
        for (int i = 0; i < whole.length; i++) {
            double timestep = Sigmas.timestep(spaced[i], logs);
            whole[i] = rounded && !cut ? Math.rint(timestep) : Math.floor(timestep + HAIR);
        }
        return whole;
    }

    private void checkFalling() {
        for (int i = 1; i < sigmas.length; i++) {
            boolean falls = sigmas[i] < sigmas[i - 1];
            boolean endsLevel = i == sigmas.length - 1 && sigmas[i] == sigmas[i - 1];
            if (!falls && !endsLevel) {
                throw Sigmas.notFalling(timesteps.length, sigmas[i - 1], sigmas[i]);
            }
        }
    }

    /** How many steps there are; the final sigma is not one. */
    int steps() {
        return timesteps.length;
    }

    float timestep(int index) {
        return (float) timesteps[index];
    }

    /** Noise over signal at a step, or after the last one. */
    float sigma(int place) {
        return sigmas[place];
    }

    /** The share of the signal in the sample at a place of the list of sigmas. */
    double signal(int place) {
        double sigma = sigmas[place];
        return 1 / Math.sqrt(sigma * sigma + 1);
    }

    /** The share of the noise in the sample. */
    double noise(int place) {
        return sigmas[place] * signal(place);
    }

    /** How far lambda rises from one place to a later one; infinite where the later sigma is zero. */
    double rise(int from, int to) {
        return Math.log(sigmas[from]) - Math.log(sigmas[to]);
    }

    /** True for a last step of no size. */
    boolean standsStill(int index) {
        return sigmas[index + 1] == sigmas[index];
    }

    /** Writes the picture without noise that the UNet's output tells. */
    void original(int index, float[] to, float[] sample, float[] modelOutput) {
        Mix.original(config.predictionType(), signal(index), noise(index)).write(to, sample, modelOutput);
        if (config.thresholding()) {
            SampleBounds.threshold(to, config.dynamicThresholdingRatio(), config.sampleMaxValue());
        }
    }
}
