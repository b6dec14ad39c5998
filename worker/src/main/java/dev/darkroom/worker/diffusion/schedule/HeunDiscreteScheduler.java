package dev.darkroom.worker.diffusion.schedule;

/**
 * Heun's method on the probability flow equation (Karras et al., 2022, algorithm 1), as diffusers'
 * {@code HeunDiscreteScheduler}. A step goes down by the derivative at its start, looks at the derivative where it
 * arrives, and goes again, from its start, by the mean of both.
 */
public final class HeunDiscreteScheduler extends SigmaScheduler {
    /**
     * A scheduler for a number of steps; each but the last takes two calls of the UNet.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public HeunDiscreteScheduler(SchedulerConfig config, int steps) {
        this(SigmaSchedule.of(config, steps));
    }

    private HeunDiscreteScheduler(SigmaSchedule schedule) {
        super(schedule, new Second() {
            @Override
            public float sigma(int step) {
                return schedule.sigma(step + 1);
            }

            @Override
            public double timestep(int step) {
                return schedule.timestep(step + 1);
            }
        });
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int step = index / 2;
        float[] next = new float[sample.length];
        schedule.derivative(inputSigma(index), next, sample, modelOutput);
        float change = sigma(step + 1) - sigma(step);
        if (index % 2 == 0) {
            history.keep(sample);
            float[] first = history.next(sample.length, 1);
            for (int i = 0; i < next.length; i++) {
                first[i] = next[i];
                next[i] = sample[i] + next[i] * change;
            }
            return next;
        }
        float[] first = history.output(0);
        float[] start = history.kept();
        for (int i = 0; i < next.length; i++) {
            next[i] = start[i] + (first[i] + next[i]) / 2 * change;
        }
        return next;
    }
}
