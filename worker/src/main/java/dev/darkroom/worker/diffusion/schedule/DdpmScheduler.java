package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.VarianceType;

/**
 * Denoising diffusion probabilistic models (Ho et al., 2020, algorithm 2), as diffusers' {@code DDPMScheduler}. Each step
 * is drawn from the normal distribution of the next sample, given this one and the predicted picture (equations 6, 7).
 */
public final class DdpmScheduler extends AlphaScheduler {
    private static final float LEAST_VARIANCE = 1e-20f;

    private final VarianceType varianceType;

    /**
     * A scheduler for a number of steps. Few steps make poor pictures: each adds much noise.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DdpmScheduler(SchedulerConfig config, int steps) {
        super(new AlphaSchedule(config, Timesteps.whole(config, steps)));
        this.varianceType = config.varianceType();
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int timestep = schedule.timestep(index);
        float alpha = schedule.alpha(timestep);
        float nextAlpha = index + 1 < steps() ? schedule.alpha(schedule.timestep(index + 1)) : 1f;
        float beta = 1f - alpha;
        float nextBeta = 1f - nextAlpha;
        float stepAlpha = alpha / nextAlpha;
        float stepBeta = 1f - stepAlpha;
        float originalShare = AlphaSchedule.root(nextAlpha) * stepBeta / beta;
        float sampleShare = AlphaSchedule.root(stepAlpha) * nextBeta / beta;

        float[] next = new float[sample.length];
        schedule.boundedOriginal(timestep, next, sample, modelOutput);
        for (int i = 0; i < next.length; i++) {
            next[i] = originalShare * next[i] + sampleShare * sample[i];
        }
        if (timestep > 0) {
            float deviation = deviation(nextBeta / beta * stepBeta, stepBeta);
            float[] fresh = history.drawn(noise, next.length);
            for (int i = 0; i < next.length; i++) {
                next[i] += deviation * fresh[i];
            }
        }
        return next;
    }

    /** Of the noise that is added; the logarithm changes nothing but the rounding. */
    private float deviation(float least, float most) {
        float variance = Math.max(least, LEAST_VARIANCE);
        return switch (varianceType) {
            case FIXED_SMALL -> AlphaSchedule.root(variance);
            case FIXED_SMALL_LOG -> (float) Math.exp(0.5f * (float) Math.log(variance));
            case FIXED_LARGE -> AlphaSchedule.root(most);
        };
    }
}
