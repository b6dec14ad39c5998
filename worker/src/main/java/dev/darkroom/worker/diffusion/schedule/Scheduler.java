package dev.darkroom.worker.diffusion.schedule;

import java.util.function.IntFunction;

/**
 * One noise schedule with its solver, set up for a number of steps. Immutable after construction; all that changes
 * during a run is in the {@link SolverHistory} of each picture, so any number of pictures and threads may share one.
 *
 * <p>Names are those of diffusers. Samples are flat float arrays of one picture's latents {@code (4, h/8, w/8)}.
 */
public interface Scheduler {
    /** How often the UNet is called. */
    int steps();

    /** What the UNet is told at call {@code index}. */
    float timestep(int index);

    /** The standard deviation of the first sample: unit noise is multiplied by it. */
    float initNoiseSigma();

    /** The sample as the UNet wants it at call {@code index}; a new array, or the same one where nothing changes. */
    float[] scaleModelInput(int index, float[] sample);

    /**
     * One step.
     *
     * @param index which call of the UNet this was, from 0
     * @param modelOutput the UNet's (guided) prediction
     * @param sample the sample before the step, not as scaled for the UNet
     * @param history this picture's own; updated
     * @param normal draws that many values of unit normal noise, continuing the picture's generator
     * @return the sample after the step, a new array
     * @throws IndexOutOfBoundsException when there is no such step
     * @throws IllegalArgumentException when output and sample, or sample and history, differ in size
     */
    float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, IntFunction<float[]> normal);
}
