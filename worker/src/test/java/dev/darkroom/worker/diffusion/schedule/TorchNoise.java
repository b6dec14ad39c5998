package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;

/** A picture's noise from torch's generator, counting how often it was drawn from. */
final class TorchNoise implements NoiseSource {
    private final long seed;
    private final TorchCpuNoise generator;
    private int draws;

    TorchNoise(long seed) {
        this.seed = seed;
        this.generator = new TorchCpuNoise(seed);
    }

    @Override
    public long seed() {
        return seed;
    }

    @Override
    public float[] randn(int count) {
        draws++;
        return generator.randn(count);
    }

    @Override
    public float[] randn(long seed, int count) {
        return new TorchCpuNoise(seed).randn(count);
    }

    /** How often the picture's own generator was drawn from. */
    int draws() {
        return draws;
    }
}
