package dev.darkroom.worker.diffusion.schedule;

import java.util.Objects;

/**
 * What the schedulers over sigmas have in common: the calls of the UNet, each with a timestep and the sigma of the
 * sample that it is given. A step of two calls is one at a step's sigma and one at a sigma further down.
 */
abstract class SigmaScheduler implements Scheduler {
    final SigmaSchedule schedule;
    private final float[] timesteps;
    private final float[] sigmas;
    private final int order;

    /** One call a step. */
    SigmaScheduler(SigmaSchedule schedule) {
        this.schedule = schedule;
        this.order = 1;
        this.timesteps = new float[schedule.steps()];
        this.sigmas = new float[timesteps.length];
        for (int step = 0; step < timesteps.length; step++) {
            timesteps[step] = (float) schedule.timestep(step);
            sigmas[step] = schedule.sigma(step);
        }
    }

    /**
     * Two calls a step, but for the last step, which ends at zero.
     *
     * @param second where each step but the last is evaluated again
     */
    SigmaScheduler(SigmaSchedule schedule, Second second) {
        this.schedule = schedule;
        this.order = 2;
        this.timesteps = new float[2 * schedule.steps() - 1];
        this.sigmas = new float[timesteps.length];
        for (int call = 0; call < timesteps.length; call++) {
            int step = call / 2;
            boolean first = call % 2 == 0;
            sigmas[call] = first ? schedule.sigma(step) : second.sigma(step);
            timesteps[call] = (float) (first ? schedule.timestep(step) : second.timestep(step));
        }
    }

    /** The second call of a step. */
    interface Second {
        float sigma(int step);

        double timestep(int step);
    }

    /** The sigma of the sample that the UNet is given at a call; fails where there is no such call. */
    final float inputSigma(int index) {
        return sigmas[Objects.checkIndex(index, sigmas.length)];
    }

    /** The noise level at a step, or after the last one. */
    final float sigma(int place) {
        return schedule.sigma(place);
    }

    @Override
    public final int steps() {
        return timesteps.length;
    }

    @Override
    public final float timestep(int index) {
        return timesteps[index];
    }

    @Override
    public final float initNoiseSigma() {
        return schedule.initNoiseSigma();
    }

    @Override
    public final int order() {
        return order;
    }

    /** Before a step's second call as much as at its end, though that call may be made halfway: so does diffusers. */
    @Override
    public final float[] addNoise(int index, float[] picture, float[] noise) {
        int call = Objects.checkIndex(index, steps());
        return Mix.noisy(picture, 1f, noise, sigma((call + order - 1) / order));
    }

    @Override
    public final float[] scaleModelInput(int index, float[] sample) {
        double sigma = inputSigma(index);
        float scale = (float) Math.sqrt(sigma * sigma + 1);
        float[] scaled = new float[sample.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sample[i] / scale;
        }
        return scaled;
    }
}
