package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.Noise;
import dev.darkroom.worker.diffusion.noise.PhiloxNoise;
import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureNoiseTest {
    private static final long SEED = (1L << 40) + 7;

    @Test
    void aPictureBeginsWithTheNoiseThatItsJobAskedFor() {
        Scheduler scheduler = Schedulers.create("ddim", Map.of(), 5, 0);
        assertThat(scheduler.initNoiseSigma()).isEqualTo(1);
        assertThat(new LatentImage(SEED, Noise.TORCH_CPU, 64, scheduler).latents())
                .containsExactly(new TorchCpuNoise(SEED).randn(64));
        assertThat(new LatentImage(SEED, Noise.CUDA_PHILOX, 64, scheduler).latents())
                .containsExactly(new PhiloxNoise(SEED).randn(64));
    }

    @ParameterizedTest
    @EnumSource(Noise.class)
    void drawsGoOnFromOneAnotherAndMayBeSkipped(Noise kind) {
        PictureNoise drawn = PictureNoise.of(kind, SEED);
        PictureNoise skipped = PictureNoise.of(kind, SEED);
        float[] first = drawn.randn(64);
        skipped.skip(64);
        float[] second = drawn.randn(64);
        assertThat(second).isNotEqualTo(first).containsExactly(skipped.randn(64));
        assertThat(drawn.seed()).isEqualTo(SEED);
    }

    /** Brownian motion asks for generators of seeds of its own; they are of the same kind. */
    @ParameterizedTest
    @EnumSource(Noise.class)
    void anotherSeedIsAnotherGeneratorOfTheKind(Noise kind) {
        float[] values = new float[32];
        PictureNoise.of(kind, SEED).randn(9, values);
        assertThat(values).containsExactly(PictureNoise.of(kind, 9).randn(32));
    }
}
