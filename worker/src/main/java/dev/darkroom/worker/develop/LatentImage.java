package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.diffusion.schedule.NoiseSource;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;

/** The state of one picture while it is denoised. Belongs to the denoising loop's thread. */
final class LatentImage {
    private final NoiseSource noise;
    private final SolverHistory history = new SolverHistory();
    private float[] latents; // (4, h/8, w/8)
    private int step;

    /** Begins with unit noise of the seed's generator, scaled as the scheduler asks. */
    LatentImage(long seed, int size, Scheduler scheduler) {
        this.noise = new TorchNoise(seed, new TorchCpuNoise(seed));
        this.latents = noise.randn(size);
        float sigma = scheduler.initNoiseSigma();
        for (int i = 0; i < size; i++) {
            latents[i] *= sigma;
        }
    }

    /** The noise of torch's CPU generator. */
    private record TorchNoise(long seed, TorchCpuNoise generator) implements NoiseSource {
        @Override
        public float[] randn(int count) {
            return generator.randn(count);
        }

        @Override
        public float[] randn(long seed, int count) {
            return new TorchCpuNoise(seed).randn(count);
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

    void advance(Scheduler scheduler, float[] modelOutput) {
        latents = scheduler.step(step, modelOutput, latents, history, noise);
        step++;
    }
}
