package dev.darkroom.worker.diffusion.schedule;

/**
 * DPM-Solver-2 in the form of Karras et al. (2022, algorithm 2), as diffusers' {@code KDPM2DiscreteScheduler}; known as
 * DPM2. A step looks at the derivative halfway down, in the logarithm of sigma, and goes down from its start by that one.
 */
public final class Kdpm2DiscreteScheduler extends SigmaScheduler {
    /**
     * A scheduler for a number of steps; each but the last takes two calls of the UNet.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public Kdpm2DiscreteScheduler(SchedulerConfig config, int steps) {
        this(SigmaSchedule.of(config, steps));
    }

    private Kdpm2DiscreteScheduler(SigmaSchedule schedule) {
        super(schedule, new Midpoint(schedule) {
            @Override
            float end(int step) {
                return schedule.sigma(step + 1);
            }
        });
    }

    /** The second call of a step, halfway to where it ends. */
    abstract static class Midpoint implements Second {
        private final SigmaSchedule schedule;

        Midpoint(SigmaSchedule schedule) {
            this.schedule = schedule;
        }

        /** The sigma that a step goes down to. */
        abstract float end(int step);

        /** In float32, as torch computes it. */
        @Override
        public float sigma(int step) {
            float from = (float) Math.log(schedule.sigma(step));
            float to = (float) Math.log(end(step));
            return (float) Math.exp(to - (to - from) * 0.5f);
        }

        @Override
        public double timestep(int step) {
            return schedule.timestepOf(sigma(step));
        }
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int step = index / 2;
        float from = sigma(step);
        boolean last = index == steps() - 1;
        float[] next = new float[sample.length];
        schedule.derivative(inputSigma(index), next, sample, modelOutput);
        float[] start = sample;
        float change = sigma(step + 1) - from;
        if (index % 2 == 0) {
            history.keep(sample);
            change = (last ? 0f : inputSigma(index + 1)) - from;
        } else {
            start = history.kept();
        }
        for (int i = 0; i < next.length; i++) {
            next[i] = start[i] + next[i] * change;
        }
        return next;
    }
}
