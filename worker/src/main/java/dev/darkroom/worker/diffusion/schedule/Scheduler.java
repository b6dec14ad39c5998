package dev.darkroom.worker.diffusion.schedule;

import java.util.Optional;

/**
 * One noise schedule with its solver, set up for a number of steps. Immutable after construction; all that changes
 * during a run is in the {@link SolverHistory} of each picture, so any number of pictures and threads may share one.
 *
 * <p>Names are those of diffusers. Samples are flat float arrays of one picture's latents {@code (4, h/8, w/8)}.
 */
public interface Scheduler {
    /** How often the UNet is called: as many times as there are steps, or more where a step takes several calls. */
    int steps();

    /** What the UNet is told at call {@code index}. */
    float timestep(int index);

    /** The standard deviation of the first sample: unit noise is multiplied by it. */
    default float initNoiseSigma() {
        return 1f;
    }

    /** The sample as the UNet wants it at call {@code index}; a new array, or the same one where nothing changes. */
    default float[] scaleModelInput(int index, float[] sample) {
        return sample;
    }

    /** Calls of the UNet that a step takes, but for the last step of a solver that ends at zero: 1 or 2. */
    default int order() {
        return 1;
    }

    /**
     * A picture with as much noise as the sample has before call {@code index}; diffusers' {@code add_noise}.
     *
     * @param picture latents without noise
     * @param noise unit noise, as many values
     * @return a new array
     * @throws IndexOutOfBoundsException when there is no such call
     */
    float[] addNoise(int index, float[] picture, float[] noise);

    /** The same schedule from call {@code first} on, which is then call 0: for pictures that begin half developed. */
    default Scheduler from(int first) {
        return first == 0 ? this : new LaterScheduler(this, first);
    }

    /**
     * What of a step's noise can be drawn before its model output is there; empty where that does not pay. The step finds it
     * then, and draws for itself what it does not find: nothing else comes of it. Whoever runs it does so before the step and
     * after the one before it, on any thread, while no other uses history or noise.
     *
     * @param index the call of the UNet that this history is at
     * @param size values of the sample
     * @param history this picture's own; the draw is kept there, in arrays that the step needs anyway
     * @param noise this picture's own
     */
    default Optional<Runnable> drawAhead(int index, int size, SolverHistory history, NoiseSource noise) {
        return Optional.empty();
    }

    /**
     * One step, or one part of a step that takes several calls. A run may begin at a later index; it goes on to the
     * last without leaving one out.
     *
     * @param index which call of the UNet this was, from 0
     * @param modelOutput the UNet's (guided) prediction
     * @param sample the sample before the step, not as scaled for the UNet
     * @param history this picture's own; updated
     * @param noise this picture's own; a step with noise draws from it
     * @return the sample after the step, a new array
     * @throws IndexOutOfBoundsException when there is no such step
     * @throws IllegalArgumentException when output and sample, or sample and history, differ in size
     */
    float[] step(int index, float[] modelOutput, float[] sample, SolverHistory history, NoiseSource noise);
}
