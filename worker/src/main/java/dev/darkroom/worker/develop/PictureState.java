package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.SolverHistory;

/**
 * One picture between two steps. Its noise is not among it: the generator is seeded anew and goes on to where it was.
 *
 * @param step calls of the UNet that it has had, at least one
 * @param latents {@code (4, h/8, w/8)}, flat
 * @param history what its solver remembers; empty after the last step
 * @param draws how often its noise was drawn from since the first latents
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on their way into a picture: never compared, never hashed
record PictureState(int step, float[] latents, SolverHistory history, int draws) {}
