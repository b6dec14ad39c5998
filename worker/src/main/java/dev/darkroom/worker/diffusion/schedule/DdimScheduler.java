package dev.darkroom.worker.diffusion.schedule;

/**
 * Denoising diffusion implicit models (Song et al., 2020, equation 12), as diffusers' {@code DDIMScheduler}.
 *
 * <p>Each step predicts the picture without noise and goes towards it along the predicted noise, as far as the next
 * timestep's noise level. With {@code eta} above 0 a part of the noise is drawn afresh; at 1 this is ancestral sampling.
 */
public final class DdimScheduler extends AlphaScheduler {
    private final float eta;
    /** How many training timesteps a step covers. */
    private final int stride;

    /**
     * A scheduler for a number of steps.
     *
     * @param eta share of the noise that is drawn afresh, 0 to 1
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DdimScheduler(SchedulerConfig config, int steps, double eta) {
        super(new AlphaSchedule(config, Timesteps.whole(config, steps)));
        this.eta = (float) requireShare(eta);
        this.stride = config.numTrainTimesteps() / steps;
    }

    /** Refuses an eta that is not from 0 to 1. */
    static double requireShare(double eta) {
        if (!(eta >= 0 && eta <= 1)) {
            throw new IllegalArgumentException("eta must be from 0 to 1: " + eta);
        }
        return eta;
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int timestep = schedule.timestep(index);
        float alpha = schedule.alpha(timestep);
        float nextAlpha = schedule.alpha(timestep - stride);
        float deviation = eta * AlphaSchedule.root(variance(alpha, nextAlpha));
        float rootNextAlpha = AlphaSchedule.root(nextAlpha);
        float direction = AlphaSchedule.root(Math.max(1f - nextAlpha - deviation * deviation, 0f));

        float[] next = new float[sample.length];
        schedule.boundedOriginal(timestep, next, sample, modelOutput);
        Mix epsilon = schedule.noise(timestep);
        for (int i = 0; i < next.length; i++) {
            next[i] = rootNextAlpha * next[i] + direction * epsilon.of(sample[i], modelOutput[i]);
        }
        if (eta > 0) {
            float[] fresh = history.drawn(noise, next.length);
            for (int i = 0; i < next.length; i++) {
                next[i] += deviation * fresh[i];
            }
        }
        return next;
    }

    private static float variance(float alpha, float nextAlpha) {
        return (1f - nextAlpha) / (1f - alpha) * (1f - alpha / nextAlpha);
    }
}
