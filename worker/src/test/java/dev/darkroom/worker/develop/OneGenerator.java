package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.diffusion.schedule.NoiseSource;

/** One generator for all pictures, which draws for all of them at once. */
final class OneGenerator {
    final TorchCpuNoise generator;
    private final int pictures;
    private float[] all = {};

    OneGenerator(long seed, int pictures) {
        this.generator = new TorchCpuNoise(seed);
        this.pictures = pictures;
    }

    /** The first picture's draw is everybody's. */
    void draw(int picture, float[] values) {
        if (picture == 0) {
            all = generator.randn(pictures * values.length);
        }
        System.arraycopy(all, picture * values.length, values, 0, values.length);
    }

    NoiseSource of(int picture) {
        return new NoiseSource() {
            @Override
            public long seed() {
                return 0;
            }

            @Override
            public void randn(float[] values) {
                draw(picture, values);
            }

            @Override
            public void randn(long seed, float[] values) {
                throw new UnsupportedOperationException("No Brownian motion here");
            }
        };
    }
}
