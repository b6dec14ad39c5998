package dev.darkroom.worker.diffusion.schedule;

import java.util.Objects;

/** What the solvers that work in lambda have in common: one call of the UNet a step. */
abstract class SolverScheduler implements Scheduler {
    final SchedulerConfig config;
    final SolverSchedule schedule;

    SolverScheduler(SchedulerConfig config, int steps) {
        this.config = config;
        this.schedule = new SolverSchedule(config, steps);
    }

    /** Noise over signal at a step, or after the last one. */
    final float sigma(int place) {
        return schedule.sigma(place);
    }

    @Override
    public final int steps() {
        return schedule.steps();
    }

    @Override
    public final float timestep(int index) {
        return schedule.timestep(index);
    }

    @Override
    public final float[] addNoise(int index, float[] picture, float[] noise) {
        int place = Objects.checkIndex(index, steps());
        return Mix.noisy(picture, (float) schedule.signal(place), noise, (float) schedule.noise(place));
    }
}
