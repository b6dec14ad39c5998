package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;

/**
 * Pseudo numerical methods for diffusion models (Liu et al., 2022), as diffusers' {@code PNDMScheduler}; known as PLMS
 * where the Runge-Kutta steps are skipped.
 *
 * <p>The steps go along the linear combination of the last four noise predictions (equation 12). The first of them come
 * from three Runge-Kutta steps of four calls each (equation 13), or, with {@code skip_prk_steps}, from one step that is
 * made twice. Both make calls besides those of the steps, so that there are more calls than steps.
 */
public final class PndmScheduler extends AlphaScheduler {
    private static final int ORDER = 4;
    private static final int CALLS_OF_A_STEP = 4;
    private static final int[][] WEIGHTS = {{1}, {3, -1}, {23, -16, 5}, {55, -59, 37, -9}};
    private static final int[] DIVISORS = {1, 2, 12, 24};
    private static final int RUNGE_KUTTA_STEPS = ORDER - 1;

    private final PredictionType predictionType;
    /** How many training timesteps a step covers. */
    private final int stride;
    /** How many calls belong to Runge-Kutta steps; these come first. */
    private final int rungeKuttaCalls;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public PndmScheduler(SchedulerConfig config, int steps) {
        super(new AlphaSchedule(config, calls(config, Timesteps.whole(config, steps))));
        this.predictionType = config.predictionType();
        this.stride = config.numTrainTimesteps() / steps;
        this.rungeKuttaCalls = config.skipPrkSteps() ? 0 : RUNGE_KUTTA_STEPS * CALLS_OF_A_STEP;
    }

    private static int[] calls(SchedulerConfig config, int[] timesteps) {
        return config.skipPrkSteps()
                ? callsOfLinearSteps(timesteps)
                : callsWithRungeKutta(timesteps, config.numTrainTimesteps() / timesteps.length / 2);
    }

    /** The second timestep comes twice: once as the end of the first step, once as the start of the next. */
    private static int[] callsOfLinearSteps(int[] timesteps) {
        if (timesteps.length == 1) {
            return timesteps;
        }
        int[] calls = new int[timesteps.length + 1];
        System.arraycopy(timesteps, 0, calls, 0, 2);
        System.arraycopy(timesteps, 1, calls, 2, timesteps.length - 1);
        return calls;
    }

    /** A Runge-Kutta step is evaluated at its start, twice in its middle, and at its end. */
    private static int[] callsWithRungeKutta(int[] timesteps, int halfStride) {
        if (timesteps.length < ORDER) {
            throw new UnsupportedSchedulerException(timesteps.length + " steps cannot be placed: PNDMScheduler needs at"
                    + " least " + ORDER + ", or skip_prk_steps");
        }
        int[] calls = new int[RUNGE_KUTTA_STEPS * CALLS_OF_A_STEP + timesteps.length - RUNGE_KUTTA_STEPS];
        for (int step = 0; step < RUNGE_KUTTA_STEPS; step++) {
            int middle = timesteps[step + 1] + halfStride;
            int[] own = {timesteps[step], middle, middle, timesteps[step + 1]};
            System.arraycopy(own, 0, calls, step * CALLS_OF_A_STEP, CALLS_OF_A_STEP);
        }
        int first = RUNGE_KUTTA_STEPS * CALLS_OF_A_STEP;
        System.arraycopy(timesteps, RUNGE_KUTTA_STEPS, calls, first, timesteps.length - RUNGE_KUTTA_STEPS);
        return calls;
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int timestep = schedule.timestep(index);
        if (sample.length != modelOutput.length) {
            throw new IllegalArgumentException(
                    "A sample of " + sample.length + " values got a model output of " + modelOutput.length);
        }
        int calls = history.countStep();
        return calls < rungeKuttaCalls
                ? rungeKutta(calls, timestep, modelOutput, sample, history)
                : linear(calls, timestep, modelOutput, sample, history);
    }

    private float[] rungeKutta(int call, int timestep, float[] modelOutput, float[] sample, SolverHistory history) {
        int part = call % CALLS_OF_A_STEP;
        int to = timestep - (part % 2 == 0 ? stride / 2 : 0);
        int from = schedule.timestep(call - part);
        float[] sum = history.sum(sample.length);
        float share = part == 0 || part == CALLS_OF_A_STEP - 1 ? (float) (1.0 / 6) : (float) (1.0 / 3);
        if (part == 0) {
            history.keep(sample);
            System.arraycopy(modelOutput, 0, history.next(sample.length, ORDER), 0, sample.length);
        }
        boolean last = part == CALLS_OF_A_STEP - 1;
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            float weighted = sum[i] + share * modelOutput[i];
            next[i] = last ? weighted : modelOutput[i];
            sum[i] = last ? 0f : weighted;
        }
        return transfer(from, to, history.kept(), next);
    }

    private float[] linear(int call, int timestep, float[] modelOutput, float[] sample, SolverHistory history) {
        float[] next = new float[sample.length];
        if (call == 1 && rungeKuttaCalls == 0) { // the first step once more, by the mean of its two ends
            float[] first = history.output(0);
            for (int i = 0; i < next.length; i++) {
                next[i] = (modelOutput[i] + first[i]) / 2;
            }
            return transfer(timestep + stride, timestep, history.kept(), next);
        }
        if (call == 0) {
            history.keep(sample);
        }
        System.arraycopy(modelOutput, 0, history.next(sample.length, ORDER), 0, sample.length);
        int known = history.size();
        for (int k = 0; k < known; k++) {
            int weight = WEIGHTS[known - 1][k];
            float[] output = history.output(k);
            for (int i = 0; i < next.length; i++) {
                next[i] += weight * output[i];
            }
        }
        for (int i = 0; i < next.length; i++) {
            next[i] /= DIVISORS[known - 1];
        }
        return transfer(timestep, timestep - stride, sample, next);
    }

    /** From one timestep to another along a noise prediction (equation 11), in whose place the result is written. */
    private float[] transfer(int from, int to, float[] sample, float[] prediction) {
        float alpha = schedule.alpha(from);
        float nextAlpha = schedule.alpha(to);
        Mix noise = schedule.noise(from);
        float sampleShare = AlphaSchedule.root(nextAlpha / alpha);
        float difference = nextAlpha - alpha;
        float divisor =
                alpha * AlphaSchedule.root(1f - nextAlpha) + AlphaSchedule.root(alpha * (1f - alpha) * nextAlpha);
        for (int i = 0; i < prediction.length; i++) {
            float epsilon =
                    predictionType == PredictionType.EPSILON ? prediction[i] : noise.of(sample[i], prediction[i]);
            prediction[i] = sampleShare * sample[i] - difference * epsilon / divisor;
        }
        return prediction;
    }
}
