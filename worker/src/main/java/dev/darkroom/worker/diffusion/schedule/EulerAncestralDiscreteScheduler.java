package dev.darkroom.worker.diffusion.schedule;

/**
 * Ancestral sampling with Euler's method, as diffusers' {@code EulerAncestralDiscreteScheduler}; known as Euler a.
 *
 * <p>A step goes further down than the next sigma and is brought back up by fresh noise, so much that the variance of
 * the noise in all is that of ancestral sampling (Song et al., 2020, equation 46 in continuous form). Every step draws,
 * the last one too, although it adds none.
 */
public final class EulerAncestralDiscreteScheduler extends SigmaScheduler {
    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public EulerAncestralDiscreteScheduler(SchedulerConfig config, int steps) {
        super(SigmaSchedule.of(config, steps));
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        float sigma = inputSigma(index);
        AncestralStep ancestral = AncestralStep.between(sigma, sigma(index + 1));
        float change = ancestral.down() - sigma;
        float[] next = new float[sample.length];
        schedule.derivative(sigma, next, sample, modelOutput);
        float[] fresh = history.drawn(noise, next.length);
        for (int i = 0; i < next.length; i++) {
            next[i] = sample[i] + next[i] * change;
            next[i] += fresh[i] * ancestral.up();
        }
        return next;
    }
}
