package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.NoiseSource;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;

/** A scheduler of which nothing can be drawn ahead. */
class DrawnByTheStep implements Scheduler {
    final Scheduler scheduler;

    DrawnByTheStep(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public int steps() {
        return scheduler.steps();
    }

    @Override
    public float timestep(int index) {
        return scheduler.timestep(index);
    }

    @Override
    public float initNoiseSigma() {
        return scheduler.initNoiseSigma();
    }

    @Override
    public float[] scaleModelInput(int index, float[] sample) {
        return scheduler.scaleModelInput(index, sample);
    }

    @Override
    public int order() {
        return scheduler.order();
    }

    @Override
    public float[] addNoise(int index, float[] picture, float[] noise) {
        return scheduler.addNoise(index, picture, noise);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        return scheduler.step(index, modelOutput, sample, history, noise);
    }
}
