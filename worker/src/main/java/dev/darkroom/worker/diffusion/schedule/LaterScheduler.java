package dev.darkroom.worker.diffusion.schedule;

import java.util.Objects;
import java.util.Optional;

/** The rest of a schedule: its calls from one on, counted from 0 again. Immutable. */
final class LaterScheduler implements Scheduler {
    private final Scheduler whole;
    private final int first;

    /**
     * The rest of a schedule.
     *
     * @throws IndexOutOfBoundsException when there is no such call
     */
    LaterScheduler(Scheduler whole, int first) {
        this.whole = whole;
        this.first = Objects.checkIndex(first, whole.steps());
    }

    @Override
    public int steps() {
        return whole.steps() - first;
    }

    @Override
    public float timestep(int index) {
        return whole.timestep(place(index));
    }

    @Override
    public float initNoiseSigma() {
        return whole.initNoiseSigma();
    }

    @Override
    public int order() {
        return whole.order();
    }

    @Override
    public float[] scaleModelInput(int index, float[] sample) {
        return whole.scaleModelInput(place(index), sample);
    }

    @Override
    public float[] addNoise(int index, float[] picture, float[] noise) {
        return whole.addNoise(place(index), picture, noise);
    }

    @Override
    public Optional<Runnable> drawAhead(int index, int size, SolverHistory history, NoiseSource noise) {
        return whole.drawAhead(place(index), size, history, noise);
    }

    @Override
    public float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise) {
        return whole.step(place(index), modelOutput, sample, history, noise);
    }

    private int place(int index) {
        return first + Objects.checkIndex(index, steps());
    }
}
