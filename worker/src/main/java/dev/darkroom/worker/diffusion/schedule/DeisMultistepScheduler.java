package dev.darkroom.worker.diffusion.schedule;

import java.util.Objects;

/**
 * Diffusion exponential integrator sampler (Zhang and Chen, 2022) of order 1 to 3, as diffusers'
 * {@code DEISMultistepScheduler}: the noise predictions of the last steps are continued as a polynomial in the logarithm
 * of rho, which is noise over signal, and integrated over rho (log-rho multistep). It ends at the least noise of the
 * training, not at none.
 */
public final class DeisMultistepScheduler extends SolverScheduler {
    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DeisMultistepScheduler(SchedulerConfig config, int steps) {
        super(config, steps);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        Objects.checkIndex(index, steps());
        float[] epsilon = history.next(sample.length, config.solverOrder());
        schedule.original(index, epsilon, sample, modelOutput);
        float signal = (float) schedule.signal(index);
        float deviation = (float) schedule.noise(index);
        for (int i = 0; i < epsilon.length; i++) {
            epsilon[i] = (sample[i] - signal * epsilon[i]) / deviation;
        }
        double nextSignal = schedule.signal(index + 1);
        float[] next = new float[sample.length];
        float share = (float) (nextSignal / schedule.signal(index));
        for (int i = 0; i < next.length; i++) {
            next[i] = share * sample[i];
        }
        int order = Math.min(order(index), history.size());
        for (int k = 0; k < order; k++) {
            float weight = (float) (nextSignal * weight(index, order, k));
            float[] output = history.output(k);
            for (int i = 0; i < next.length; i++) {
                next[i] += weight * output[i];
            }
        }
        return next;
    }

    /** The order that the step may have, history permitting: lower in the last two steps of a short run. */
    private int order(int index) {
        int left = steps() - 1 - index;
        boolean stable = config.lowerOrderFinal() && steps() < DpmSolverMultistepScheduler.FEW_STEPS;
        return stable ? Math.min(left + 1, config.solverOrder()) : config.solverOrder();
    }

    /**
     * The integral over rho, from this step's to the next one's, of the polynomial in log rho that is 1 at the prediction
     * {@code k} steps ago and 0 at the others.
     */
    private double weight(int index, int order, int k) {
        double from = schedule.sigma(index);
        double to = schedule.sigma(index + 1);
        if (order == 1) {
            return to - from;
        }
        double own = Math.log(schedule.sigma(index - k));
        double[] others = new double[order - 1];
        double divisor = 1;
        for (int other = 0, n = 0; other < order; other++) {
            if (other != k) {
                others[n] = Math.log(schedule.sigma(index - other));
                divisor *= own - others[n++];
            }
        }
        return (antiderivative(to, others) - antiderivative(from, others)) / divisor;
    }

    /** Of {@code (log rho - a)} or of {@code (log rho - a) (log rho - b)}. */
    private static double antiderivative(double rho, double[] roots) {
        double log = Math.log(rho);
        double a = roots[0];
        if (roots.length == 1) {
            return rho * (log - 1 - a);
        }
        double b = roots[1];
        return rho * (log * log - 2 * log + 2 - (a + b) * (log - 1) + a * b);
    }
}
