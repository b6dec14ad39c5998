package dev.darkroom.worker.diffusion.schedule;

/**
 * Euler's method on the probability flow equation (Karras et al., 2022, algorithm 2 without churn), as diffusers'
 * {@code EulerDiscreteScheduler}. Samples are those of the variance-exploding form: signal plus sigma times noise.
 */
public final class EulerDiscreteScheduler extends SigmaScheduler {
    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public EulerDiscreteScheduler(SchedulerConfig config, int steps) {
        super(SigmaSchedule.of(config, steps));
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        float sigma = inputSigma(index);
        float change = sigma(index + 1) - sigma;
        float[] next = new float[sample.length];
        schedule.derivative(sigma, next, sample, modelOutput);
        for (int i = 0; i < next.length; i++) {
            next[i] = sample[i] + next[i] * change;
        }
        return next;
    }
}
