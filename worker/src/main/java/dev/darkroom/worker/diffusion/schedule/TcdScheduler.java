package dev.darkroom.worker.diffusion.schedule;

/**
 * Strategic stochastic sampling of trajectory consistency models (Zheng et al., 2024, algorithm 4), as diffusers'
 * {@code TCDScheduler}. Each step goes past the next timestep, the further the greater {@code eta}, and comes back to it
 * by fresh noise; the last does not come back.
 */
public final class TcdScheduler extends AlphaScheduler {
    private final boolean draws;
    /** The timestep that a step goes to, over the one that it comes back to. */
    private final float remaining;

    /**
     * A scheduler for a number of steps.
     *
     * @param eta how far past the next timestep a step goes, 0 (not at all, no noise) to 1 (as far as the picture)
     * @throws UnsupportedSchedulerException when the model was not taught as many steps
     */
    public TcdScheduler(SchedulerConfig config, int steps, double eta) {
        super(new AlphaSchedule(config, Timesteps.distilled(config, steps)));
        this.draws = DdimScheduler.requireShare(eta) > 0;
        this.remaining = (float) (1 - eta);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int timestep = schedule.timestep(index);
        boolean last = index + 1 == steps();
        int to = last ? 0 : schedule.timestep(index + 1);
        float nextAlpha = schedule.alpha(to);
        float pastAlpha = schedule.alpha((int) Math.floor(remaining * to));
        float signal = AlphaSchedule.root(pastAlpha);
        float noiseShare = AlphaSchedule.root(1f - pastAlpha);

        float[] next = new float[sample.length];
        schedule.original(timestep, next, sample, modelOutput);
        Mix epsilon = schedule.noise(timestep);
        for (int i = 0; i < next.length; i++) {
            next[i] = signal * next[i] + noiseShare * epsilon.of(sample[i], modelOutput[i]);
        }
        if (draws && !last) {
            float share = AlphaSchedule.root(nextAlpha / pastAlpha);
            float deviation = AlphaSchedule.root(1f - nextAlpha / pastAlpha);
            float[] fresh = history.drawn(noise, next.length);
            for (int i = 0; i < next.length; i++) {
                next[i] = share * next[i] + deviation * fresh[i];
            }
        }
        return next;
    }
}
