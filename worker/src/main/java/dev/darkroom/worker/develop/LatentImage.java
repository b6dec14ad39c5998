package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;

/** The state of one picture while it is denoised. Belongs to the denoising loop's thread. */
final class LatentImage {
    private final PictureNoise noise;
    private SolverHistory history = new SolverHistory();
    private float[] latents; // (4, h/8, w/8)
    private int step;
    private boolean whole = true;

    /** Begins with unit noise of the seed's generator, scaled as the scheduler asks. */
    LatentImage(long seed, Noise kind, int size, Scheduler scheduler) {
        this.noise = PictureNoise.of(kind, seed);
        this.latents = noise.randn(size);
        float sigma = scheduler.initNoiseSigma();
        for (int i = 0; i < size; i++) {
            latents[i] *= sigma;
        }
    }

    long seed() {
        return noise.seed();
    }

    /** How many calls of the UNet this picture has had. */
    int step() {
        return step;
    }

    float[] latents() {
        return latents;
    }

    SolverHistory history() {
        return history;
    }

    /** Whether it is between two steps: a step that broke off leaves a solver that remembers too much. */
    boolean isWhole() {
        return whole;
    }

    void advance(Scheduler scheduler, float[] modelOutput) {
        whole = false;
        latents = scheduler.step(step, modelOutput, latents, history, noise);
        step++;
        whole = true;
    }

    /** Goes on where another picture of the same seed was; only before the first step. */
    void resume(PictureState state) {
        if (step != 0 || latents.length != state.latents().length) {
            throw new IllegalStateException("A picture of " + latents.length + " values after " + step
                    + " steps does not go on from one of " + state.latents().length);
        }
        for (int draw = 0; draw < state.draws(); draw++) {
            noise.skip(latents.length);
        }
        latents = state.latents();
        history = state.history();
        step = state.step();
    }
}
