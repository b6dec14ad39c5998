package dev.darkroom.worker.diffusion.schedule;

/**
 * Linear multistep (Adams-Bashforth with steps of any size) over the derivatives of the last four steps, as diffusers'
 * {@code LMSDiscreteScheduler}. The polynomial through the derivatives is integrated over the step.
 */
public final class LmsDiscreteScheduler extends SigmaScheduler {
    private static final int ORDER = 4;
    /** Gauss-Legendre points, which integrate a polynomial of degree 3 exactly. */
    private static final double POINT = Math.sqrt(1.0 / 3);

    /** For each step the weights of the derivatives, newest first. */
    private final float[][] coefficients;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public LmsDiscreteScheduler(SchedulerConfig config, int steps) {
        super(SigmaSchedule.of(config, steps));
        this.coefficients = new float[steps][];
        for (int step = 0; step < steps; step++) {
            int order = Math.min(step + 1, ORDER);
            coefficients[step] = new float[order];
            for (int k = 0; k < order; k++) {
                coefficients[step][k] = (float) coefficient(step, order, k);
            }
        }
    }

    /** The integral over the step of the polynomial that is 1 at derivative {@code k} and 0 at the others. */
    private double coefficient(int step, int order, int k) {
        double middle = ((double) sigma(step) + sigma(step + 1)) / 2;
        double half = ((double) sigma(step + 1) - sigma(step)) / 2;
        return half
                * (lagrange(step, order, k, middle - half * POINT) + lagrange(step, order, k, middle + half * POINT));
    }

    private double lagrange(int step, int order, int k, double at) {
        double product = 1;
        for (int other = 0; other < order; other++) {
            if (other != k) {
                product *= (at - sigma(step - other)) / ((double) sigma(step - k) - sigma(step - other));
            }
        }
        return product;
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        float sigma = inputSigma(index);
        schedule.derivative(sigma, history.next(sample.length, ORDER), sample, modelOutput);
        float[] next = new float[sample.length];
        float[] weights = coefficients[index];
        // Fewer than the weights where a run began late: diffusers leaves the others out, too.
        int order = Math.min(weights.length, history.size());
        for (int k = 0; k < order; k++) {
            float weight = weights[k];
            float[] derivative = history.output(k);
            for (int i = 0; i < next.length; i++) {
                next[i] += weight * derivative[i];
            }
        }
        for (int i = 0; i < next.length; i++) {
            next[i] = sample[i] + next[i];
        }
        return next;
    }
}
