package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.AlgorithmType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.FinalSigmasType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SolverType;
import java.util.Objects;

/**
 * DPM-Solver++ in its multistep form (Lu et al., 2022, algorithm 2), of order 1 to 3, with or without noise, as
 * diffusers' {@code DPMSolverMultistepScheduler}; known as DPM++ 2M, 2M SDE, 3M and 3M SDE.
 *
 * <p>The solver works on the predicted picture as a function of lambda, the logarithm of signal over noise, and
 * extrapolates it from the last steps. A step of size h in lambda multiplies what is left of the noise by exp(-h).
 */
public final class DpmSolverMultistepScheduler extends SolverScheduler {
    /** Below this number of steps the last one falls back to a lower order, which is more stable. */
    static final int FEW_STEPS = 15;

    /**
     * A scheduler for a number of steps.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DpmSolverMultistepScheduler(SchedulerConfig config, int steps) {
        super(config, steps);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        Objects.checkIndex(index, steps());
        float[] original = history.next(sample.length, config.solverOrder());
        schedule.original(index, original, sample, modelOutput);
        int order = Math.min(order(index), history.size());
        float[] next = switch (order) {
            case 1 -> first(index, sample, history);
            case 2 -> second(index, sample, history);
            default -> third(index, sample, history);
        };
        if (withNoise()) {
            float[] fresh = history.drawn(noise, next.length);
            float deviation = (float) (schedule.noise(index + 1) * Math.sqrt(1 - Math.exp(-2 * stepSize(index))));
            for (int i = 0; i < next.length; i++) {
                next[i] += deviation * fresh[i];
            }
        }
        return next;
    }

    /** The order that the step may have, history permitting: lower in the last two steps of a short run. */
    private int order(int index) {
        if (schedule.standsStill(index)) {
            return 1; // a step of no size, where differences of higher order have no meaning
        }
        int left = steps() - 1 - index;
        boolean stable = config.lowerOrderFinal() && steps() < FEW_STEPS;
        if (left == 0 && (stable || config.eulerAtFinal() || config.finalSigmasType() == FinalSigmasType.ZERO)) {
            return 1;
        }
        return left == 1 && stable ? Math.min(2, config.solverOrder()) : config.solverOrder();
    }

    private float[] first(int index, float[] sample, SolverHistory history) {
        float[] d0 = history.output(0);
        float share = sampleShare(index);
        float weight = (float) (schedule.signal(index + 1) * -Math.expm1(-reach(index)));
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = share * sample[i] + weight * d0[i];
        }
        return next;
    }

    private float[] second(int index, float[] sample, SolverHistory history) {
        float[] m0 = history.output(0);
        float[] m1 = history.output(1);
        double reach = reach(index);
        double covered = -Math.expm1(-reach); // 1 - exp(-reach)
        double signal = schedule.signal(index + 1);
        double slope = config.solverType() == SolverType.MIDPOINT ? 0.5 * covered : 1 - covered / reach;
        float share = sampleShare(index);
        float weight0 = (float) (signal * covered);
        float weight1 = (float) (signal * slope);
        float inverse = (float) (stepSize(index) / stepSize(index - 1));
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            float d1 = inverse * (m0[i] - m1[i]);
            next[i] = share * sample[i] + weight0 * m0[i] + weight1 * d1;
        }
        return next;
    }

    private float[] third(int index, float[] sample, SolverHistory history) {
        float[] m0 = history.output(0);
        float[] m1 = history.output(1);
        float[] m2 = history.output(2);
        double reach = reach(index);
        double covered = -Math.expm1(-reach);
        double signal = schedule.signal(index + 1);
        double h = stepSize(index);
        double r0 = stepSize(index - 1) / h;
        double r1 = stepSize(index - 2) / h;
        float share = sampleShare(index);
        float weight0 = (float) (signal * covered);
        float weight1 = (float) (signal * (1 - covered / reach));
        // With noise diffusers takes the half away, where k-diffusion adds it; the pictures are to be those of
        // diffusers.
        double half = withNoise() ? -0.5 : 0.5;
        float weight2 = (float) (signal * (half - (reach - covered) / (reach * reach)));
        float inverse0 = (float) (1 / r0);
        float inverse1 = (float) (1 / r1);
        float mix = (float) (r0 / (r0 + r1));
        float curve = (float) (1 / (r0 + r1));
        float[] next = new float[sample.length];
        for (int i = 0; i < next.length; i++) {
            float d10 = inverse0 * (m0[i] - m1[i]);
            float d11 = inverse1 * (m1[i] - m2[i]);
            float d1 = d10 + mix * (d10 - d11);
            float d2 = curve * (d10 - d11);
            next[i] = share * sample[i] + weight0 * m0[i] + weight1 * d1 + weight2 * d2;
        }
        return next;
    }

    /** How much of the sample is left: the noise shrinks, by exp(-h) more where fresh noise fills up. */
    private float sampleShare(int index) {
        double shrink = schedule.noise(index + 1) / schedule.noise(index);
        return (float) (withNoise() ? shrink * Math.exp(-stepSize(index)) : shrink);
    }

    /** The step in lambda as the predicted picture sees it: twice as far where fresh noise is added. */
    private double reach(int index) {
        double size = stepSize(index);
        return withNoise() ? 2 * size : size;
    }

    private boolean withNoise() {
        return config.algorithmType() == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
    }

    /** The step in lambda; infinite where the next sigma is zero. */
    private double stepSize(int index) {
        return schedule.rise(index, index + 1);
    }
}
