package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.ArrayList;
import java.util.List;

/** A picture's noise from torch's generator, counting how often it was drawn from. */
final class TorchNoise implements NoiseSource {
    private final long seed;
    private final TorchCpuNoise generator;
    private final TorchCpuNoise other = new TorchCpuNoise(0);
    private final List<Long> seeds = new ArrayList<>();
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
    public void randn(float[] values) {
        draws++;
        generator.fill(values);
    }

    /** The same in a new array. */
    float[] randn(int count) {
        float[] values = new float[count];
        randn(values);
        return values;
    }

    @Override
    public void randn(long seed, float[] values) {
        seeds.add(seed);
        other.restart(seed);
        other.fill(values);
    }

    /** Of the other generators that were drawn from, one for each draw. */
    List<Long> seeds() {
        return seeds;
    }

    /** How often the picture's own generator was drawn from. */
    int draws() {
        return draws;
    }
}
