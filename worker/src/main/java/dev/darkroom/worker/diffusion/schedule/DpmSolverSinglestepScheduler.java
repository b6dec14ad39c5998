package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.FinalSigmasType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SolverType;
import java.util.Arrays;
import java.util.Objects;

/**
 * DPM-Solver++ in its singlestep form (Lu et al., 2022, algorithm 1), of order 1 to 3, as diffusers'
 * {@code DPMSolverSinglestepScheduler}; known as DPM++ 2S. Steps come in groups of as many as the order: the first of a
 * group is of first order, and each later one goes again from where the group began, by all that is known since.
 */
public final class DpmSolverSinglestepScheduler extends SolverScheduler {
    private final int[] orders;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DpmSolverSinglestepScheduler(SchedulerConfig config, int steps) {
        super(config, steps);
        this.orders = orders(config, steps);
    }

    /** Groups of 1, 2, ... up to the order; a run that ends at zero ends with a step of first order. */
    private static int[] orders(SchedulerConfig config, int steps) {
        int order = config.solverOrder();
        int[] orders = new int[steps];
        Arrays.setAll(orders, i -> i % order + 1);
        boolean wholeGroups = steps % order == 0;
        if (config.finalSigmasType() == FinalSigmasType.ZERO || (config.lowerOrderFinal() && wholeGroups)) {
            orders[steps - 1] = 1;
        }
        return orders;
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        Objects.checkIndex(index, steps());
        schedule.original(index, history.next(sample.length, config.solverOrder()), sample, modelOutput);
        int order = Math.min(orders[index], history.size());
        if (order == 1) {
            history.keep(sample);
        }
        float[] start = history.kept();
        float[] d0 = history.output(order - 1);
        int from = index + 1 - order;
        double covered = -Math.expm1(-schedule.rise(from, index + 1));
        double signal = schedule.signal(index + 1);
        float share = (float) (schedule.noise(index + 1) / schedule.noise(from));
        float weight = (float) (signal * covered);
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = share * start[i] + weight * d0[i];
        }
        if (order == 2) {
            addSlope(next, (float) (signal * slope(config.solverType(), index, from)), index, from, history);
        } else if (order == 3) {
            addThird(next, signal, index, from, history);
        }
        return next;
    }

    private double slope(SolverType type, int index, int from) {
        double rise = schedule.rise(from, index + 1);
        double covered = -Math.expm1(-rise);
        return type == SolverType.MIDPOINT && index - from == 1 ? 0.5 * covered : 1 - covered / rise;
    }

    /** The first derivative, from the group's first output and the newest. */
    private void addSlope(float[] next, float weight, int index, int from, SolverHistory history) {
        float[] newest = history.output(0);
        float[] d0 = history.output(index - from);
        float inverse = (float) (schedule.rise(from, index + 1) / schedule.rise(from, index));
        for (int i = 0; i < next.length; i++) {
            next[i] += weight * (inverse * (newest[i] - d0[i]));
        }
    }

    private void addThird(float[] next, double signal, int index, int from, SolverHistory history) {
        double slope = slope(config.solverType(), index, from);
        if (config.solverType() == SolverType.MIDPOINT) {
            addSlope(next, (float) (signal * slope), index, from, history);
            return;
        }
        float[] m0 = history.output(0);
        float[] m1 = history.output(1);
        float[] m2 = history.output(2);
        double rise = schedule.rise(from, index + 1);
        double covered = -Math.expm1(-rise);
        double r0 = schedule.rise(from, index) / rise;
        double r1 = schedule.rise(from, index - 1) / rise;
        float weight1 = (float) (signal * slope);
        float weight2 = (float) (signal * (0.5 - (rise - covered) / (rise * rise)));
        for (int i = 0; i < next.length; i++) {
            float d10 = (float) (1 / r1) * (m1[i] - m2[i]);
            float d11 = (float) (1 / r0) * (m0[i] - m2[i]);
            float d1 = ((float) r0 * d10 - (float) r1 * d11) / (float) (r0 - r1);
            float d2 = 2f * (d11 - d10) / (float) (r0 - r1);
            next[i] += weight1 * d1 + weight2 * d2;
        }
    }
}
