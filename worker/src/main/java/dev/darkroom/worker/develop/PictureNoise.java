package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.worker.diffusion.noise.PhiloxNoise;
import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.diffusion.schedule.NoiseSource;

/** The noise of one picture: its first latents, and whatever its solver draws after them. Belongs to one thread at a time. */
interface PictureNoise extends NoiseSource {
    /** The next {@code count} values, as one draw. */
    default float[] randn(int count) {
        float[] values = new float[count];
        randn(values);
        return values;
    }

    /** Goes on as if {@code count} values had been drawn at once. */
    void skip(int count);

    /** Noise of a kind that begins with a seed. */
    static PictureNoise of(Noise kind, long seed) {
        return switch (kind) {
            case TORCH_CPU -> new TorchCpu(seed, new TorchCpuNoise(seed), new TorchCpuNoise(seed));
            case CUDA_PHILOX -> new CudaPhilox(seed, new PhiloxNoise(seed));
        };
    }

    /** That of torch's CPU generator, and another one for seeds of their own. */
    record TorchCpu(long seed, TorchCpuNoise generator, TorchCpuNoise other) implements PictureNoise {
        @Override
        public void randn(float[] values) {
            generator.fill(values);
        }

        @Override
        public void randn(long seed, float[] values) {
            other.restart(seed);
            other.fill(values);
        }

        @Override
        public void skip(int count) {
            generator.skip(count);
        }
    }

    /** That of torch on a card, as A1111 imitates it. */
    record CudaPhilox(long seed, PhiloxNoise generator) implements PictureNoise {
        @Override
        public void randn(float[] values) {
            generator.fill(values);
        }

        @Override
        public void randn(long seed, float[] values) {
            new PhiloxNoise(seed).fill(values);
        }

        @Override
        public void skip(int count) {
            generator.skip();
        }
    }
}
