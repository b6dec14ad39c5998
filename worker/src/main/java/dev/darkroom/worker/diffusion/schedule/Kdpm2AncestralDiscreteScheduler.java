package dev.darkroom.worker.diffusion.schedule;

/**
 * DPM-Solver-2 with ancestral steps, as diffusers' {@code KDPM2AncestralDiscreteScheduler}; known as DPM2 a. As
 * {@link Kdpm2DiscreteScheduler}, but a step goes further down than the next sigma and is brought back up by fresh noise.
 */
public final class Kdpm2AncestralDiscreteScheduler extends SigmaScheduler {
    /**
     * A scheduler for a number of steps; each but the last takes two calls of the UNet, and draws after the second.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public Kdpm2AncestralDiscreteScheduler(SchedulerConfig config, int steps) {
        this(SigmaSchedule.of(config, steps));
    }

    private Kdpm2AncestralDiscreteScheduler(SigmaSchedule schedule) {
        super(schedule, new Kdpm2DiscreteScheduler.Midpoint(schedule) {
            @Override
            float end(int step) {
                return AncestralStep.between(schedule.sigma(step), schedule.sigma(step + 1))
                        .down();
            }
        });
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int step = index / 2;
        float from = sigma(step);
        float[] next = new float[sample.length];
        schedule.derivative(inputSigma(index), next, sample, modelOutput);
        if (index % 2 == 0) {
            history.keep(sample);
            float change = (index == steps() - 1 ? 0f : inputSigma(index + 1)) - from;
            for (int i = 0; i < next.length; i++) {
                next[i] = sample[i] + next[i] * change;
            }
            return next;
        }
        AncestralStep ancestral = AncestralStep.between(from, sigma(step + 1));
        float change = ancestral.down() - from;
        float[] start = history.kept();
        float[] fresh = history.drawn(noise, next.length);
        for (int i = 0; i < next.length; i++) {
            next[i] = start[i] + next[i] * change;
            next[i] += fresh[i] * ancestral.up();
        }
        return next;
    }
}
