package dev.darkroom.worker.diffusion.schedule;

/**
 * Multistep sampling of latent consistency models (Luo et al., 2023, algorithm 3), as diffusers' {@code LCMScheduler}.
 * The model was taught to find the picture from anywhere on its path in one call; each step finds it, and but for the
 * last adds fresh noise for the next timestep.
 */
public final class LcmScheduler extends AlphaScheduler {
    private static final float SIGMA_DATA = 0.5f;

    private final float timestepScaling;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when the model was not taught as many steps
     */
    public LcmScheduler(SchedulerConfig config, int steps) {
        super(new AlphaSchedule(config, Timesteps.distilled(config, steps)));
        this.timestepScaling = (float) config.timestepScaling();
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int timestep = schedule.timestep(index);
        // The boundary condition: at timestep 0 the picture is the sample itself (equation 9 of the paper).
        float scaled = timestep * timestepScaling;
        float divisor = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
        float skip = SIGMA_DATA * SIGMA_DATA / divisor;
        float out = scaled / AlphaSchedule.root(divisor);

        float[] next = new float[sample.length];
        schedule.boundedOriginal(timestep, next, sample, modelOutput);
        for (int i = 0; i < next.length; i++) {
            next[i] = out * next[i] + skip * sample[i];
        }
        if (index + 1 < steps()) {
            float nextAlpha = schedule.alpha(schedule.timestep(index + 1));
            float signal = AlphaSchedule.root(nextAlpha);
            float deviation = AlphaSchedule.root(1f - nextAlpha);
            float[] fresh = history.drawn(noise, next.length);
            for (int i = 0; i < next.length; i++) {
                next[i] = signal * next[i] + deviation * fresh[i];
            }
        }
        return next;
    }
}
