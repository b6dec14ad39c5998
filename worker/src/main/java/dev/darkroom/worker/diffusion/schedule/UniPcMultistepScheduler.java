package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SolverType;
import java.util.Objects;

/**
 * UniPC, a unified predictor-corrector (Zhao et al., 2023, algorithms 5 to 8) of order 1 to 3 on the predicted picture,
 * as diffusers' {@code UniPCMultistepScheduler}. Each step first corrects the one before by what the UNet says where that
 * one arrived, at no further call, then predicts the next sample.
 */
public final class UniPcMultistepScheduler extends SolverScheduler {
    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public UniPcMultistepScheduler(SchedulerConfig config, int steps) {
        super(config, steps);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        Objects.checkIndex(index, steps());
        int known = history.size();
        // One more than the order: the corrector uses the outputs before the newest.
        float[] newest = history.next(sample.length, config.solverOrder() + 1);
        schedule.original(index, newest, sample, modelOutput);
        if (known > 0 && !config.disableCorrector().contains(index - 1)) {
            correct(index, order(index - 1, known - 1), history);
        } else {
            history.keep(sample);
        }
        return predict(index, order(index, known), history);
    }

    /** The order of a step before which there were {@code known} outputs. */
    private int order(int index, int known) {
        if (schedule.sigma(index + 1) == 0) {
            return 1; // lambda is infinite there, and differences over it have no meaning
        }
        int most = config.lowerOrderFinal() ? Math.min(config.solverOrder(), steps() - index) : config.solverOrder();
        return Math.min(most, known + 1);
    }

    /** UniP: from the kept sample to the next one. */
    private float[] predict(int index, int order, SolverHistory history) {
        float[] next = history.kept().clone();
        if (schedule.standsStill(index)) {
            return next;
        }
        Coefficients c = new Coefficients(index, order);
        double[] rho = order == 2 ? new double[] {0.5} : c.solve(order - 1);
        advance(c, next, next, history, 0);
        for (int k = 1; k < order; k++) {
            add(next, (float) (c.signal * c.b * rho[k - 1]), history.output(k), history.output(0), (float) c.ratio(k));
        }
        return next;
    }

    /** UniC: the step before once more, into the kept sample, now that its end is known. */
    private void correct(int index, int order, SolverHistory history) {
        Coefficients c = new Coefficients(index - 1, order);
        double[] rho = order == 1 ? new double[] {0.5} : c.solve(order);
        float[] sample = history.kept();
        advance(c, sample, sample, history, 1);
        for (int k = 1; k < order; k++) {
            add(sample, (float) (c.signal * c.b * rho[k - 1]), history.output(k + 1), history.output(1), (float)
                    c.ratio(k));
        }
        add(sample, (float) (c.signal * c.b * rho[order - 1]), history.output(0), history.output(1), 1f);
    }

    /** The step of first order, from the output of that age. */
    private static void advance(Coefficients c, float[] to, float[] sample, SolverHistory history, int age) {
        float share = c.sampleShare;
        float weight = (float) (c.signal * c.phi);
        float[] output = history.output(age);
        for (int i = 0; i < to.length; i++) {
            to[i] = share * sample[i] - weight * output[i];
        }
    }

    /** Takes a weighted divided difference away. */
    private static void add(float[] to, float weight, float[] output, float[] newest, float ratio) {
        for (int i = 0; i < to.length; i++) {
            to[i] -= weight * ((output[i] - newest[i]) / ratio);
        }
    }

    /** What a step of a size in lambda multiplies by, in double precision. */
    private final class Coefficients {
        private final int index;
        private final int order;
        private final double rise;
        /** The share of the signal after the step. */
        private final double signal;

        private final float sampleShare;
        /** {@code exp(-h) - 1}. */
        private final double phi;
        /** B(h). */
        private final double b;

        Coefficients(int index, int order) {
            this.index = index;
            this.order = order;
            this.rise = schedule.rise(index, index + 1);
            this.signal = schedule.signal(index + 1);
            this.sampleShare = (float) (schedule.noise(index + 1) / schedule.noise(index));
            this.phi = Math.expm1(-rise);
            this.b = config.solverType() == SolverType.BH1 ? -rise : phi;
        }

        /** Where an earlier output stands, in units of the step: negative, or 1 for the step's own end. */
        double ratio(int age) {
            return age == order ? 1 : schedule.rise(index, index - age) / rise;
        }

        /** The weights of the divided differences that make the step right to that order (equation 5 of the paper). */
        double[] solve(int size) {
            double[][] rows = new double[size][size + 1];
            double h = -rise;
            double phiK = phi / h - 1;
            double factorial = 1;
            for (int row = 0; row < size; row++) {
                for (int k = 0; k < size; k++) {
                    rows[row][k] = Math.pow(ratio(k + 1), row);
                }
                rows[row][size] = phiK * factorial / b;
                factorial *= row + 2;
                phiK = phiK / h - 1 / factorial;
            }
            return LinearSystem.solve(rows);
        }
    }
}
