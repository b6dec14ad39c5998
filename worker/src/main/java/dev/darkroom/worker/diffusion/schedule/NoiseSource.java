package dev.darkroom.worker.diffusion.schedule;

/**
 * The random numbers of one picture: a generator that its first sample was drawn from, and that a scheduler with noise
 * in its steps continues. Not shared.
 */
public interface NoiseSource {
    /** What the picture's generator was seeded with. */
    long seed();

    /** Fills an array with the next values of unit normal noise of the picture's generator, as one draw. */
    void randn(float[] values);

    /** Fills an array with one draw of a generator of its own with that seed; the picture's generator stays as it is. */
    void randn(long seed, float[] values);
}
