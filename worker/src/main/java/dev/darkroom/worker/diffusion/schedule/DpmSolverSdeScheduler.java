package dev.darkroom.worker.diffusion.schedule;

import java.util.Optional;

/**
 * DPM-Solver++ of second order for the stochastic equation, as diffusers' {@code DPMSolverSDEScheduler}; known as DPM++
 * SDE. A step looks at the picture halfway down, in the logarithm of sigma, and goes down from its start by that one; the
 * noise of both parts comes from one Brownian motion over sigma.
 *
 * <p>Where the configuration has no {@code noise_sampler_seed}, the picture's own seed is the motion's, as in k-diffusion;
 * diffusers itself then takes any.
 *
 * <p>What is drawn depends on that seed and the sigmas, never on the picture, and takes fifty times as long as the rest of a
 * step: so it can be drawn ahead.
 */
public final class DpmSolverSdeScheduler extends SigmaScheduler {
    private final SchedulerConfig config;

    /**
     * A scheduler for a number of steps; each but the last takes two calls of the UNet.
     *
     * @throws UnsupportedSchedulerException when that many steps are impossible with this configuration
     */
    public DpmSolverSdeScheduler(SchedulerConfig config, int steps) {
        this(config, SigmaSchedule.unrounded(config, steps));
    }

    private DpmSolverSdeScheduler(SchedulerConfig config, SigmaSchedule schedule) {
        super(schedule, new Second() {
            @Override
            public float sigma(int step) {
                return exp(middle(schedule, step));
            }

            @Override
            public double timestep(int step) {
                return schedule.timestepOf(Math.sqrt(schedule.exact(step) * schedule.exact(step + 1)));
            }
        });
        this.config = config;
    }

    /** Halfway down in time, which is minus the logarithm of sigma; in float32, as torch computes it. */
    private static float middle(SigmaSchedule schedule, int step) {
        float start = time(schedule.sigma(step));
        return start + (time(schedule.sigma(step + 1)) - start) * 0.5f;
    }

    private static float time(float sigma) {
        return -(float) Math.log(sigma);
    }

    private static float exp(float time) {
        return (float) Math.exp(-time);
    }

    @Override
    public Optional<Runnable> drawAhead(int index, int size, SolverHistory history, NoiseSource noise) {
        return index == steps() - 1 ? Optional.empty() : Optional.of(() -> increment(index, size, history, noise));
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        int step = index / 2;
        float[] next = new float[sample.length];
        if (index == steps() - 1) {
            schedule.derivative(inputSigma(index), next, sample, modelOutput);
            for (int i = 0; i < next.length; i++) {
                next[i] = sample[i] + next[i] * -sigma(step);
            }
            return next;
        }
        boolean first = index % 2 == 0;
        schedule.original(inputSigma(index), next, sample, modelOutput);
        if (first) {
            history.keep(sample);
        }
        float start = time(sigma(step));
        float end = end(index);
        advance(start, end, history.kept(), next);
        addNoise(exp(start), exp(end), increment(index, next.length, history, noise), next);
        return next;
    }

    /** The time that a call goes down to from the start of its step. */
    private float end(int index) {
        int step = index / 2;
        return index % 2 == 0 ? middle(schedule, step) : time(sigma(step + 1));
    }

    /** From the start of the step, by the exponential integrator, in place of the predicted picture. */
    private static void advance(float start, float end, float[] sample, float[] original) {
        float down = time(down(exp(start), exp(end)));
        float share = exp(down) / exp(start);
        float weight = (float) Math.expm1(start - down);
        for (int i = 0; i < original.length; i++) {
            original[i] = share * sample[i] - weight * original[i];
        }
    }

    private static float down(float from, float to) {
        float up = up(from, to);
        return (float) Math.sqrt(to * to - up * up);
    }

    private static float up(float from, float to) {
        return Math.min(to, AncestralStep.between(from, to).up());
    }

    /** The motion between where a call's step starts and where the call goes down to. */
    private float[] increment(int index, int size, SolverHistory history, NoiseSource noise) {
        long seed = config.noiseSamplerSeed().orElse(noise.seed());
        BrownianTree tree =
                history.brownianTree(() -> new BrownianTree(noise, seed, sigma(schedule.steps() - 1), sigma(0), size));
        return tree.increment(exp(end(index)), exp(time(sigma(index / 2))));
    }

    private static void addNoise(float from, float to, float[] increment, float[] next) {
        float length = (float) Math.sqrt(Math.abs(to - from));
        float deviation = up(from, to);
        for (int i = 0; i < next.length; i++) {
            next[i] += -increment[i] / length * deviation;
        }
    }
}
