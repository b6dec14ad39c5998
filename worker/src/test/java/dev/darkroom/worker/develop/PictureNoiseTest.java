package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.noise.PhiloxNoise;
import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureNoiseTest {
    private static final long SEED = (1L << 40) + 7;

    @ParameterizedTest
    @EnumSource(Noise.class)
    void aPictureBeginsWithTheNoiseThatItsJobAskedFor(Noise kind) {
        try (RowwiseModel model = new RowwiseModel()) {
            DevelopRequest request = request(model, kind);
            Scheduler scheduler = request.newScheduler();
            assertThat(scheduler.initNoiseSigma()).isEqualTo(1);
            assertThat(FirstLatents.of(request, scheduler).get(0).latents())
                    .containsExactly(
                            kind == Noise.TORCH_CPU
                                    ? new TorchCpuNoise(SEED).randn(256)
                                    : new PhiloxNoise(SEED).randn(256));
        }
    }

    private static DevelopRequest request(RowwiseModel model, Noise kind) {
        return new DevelopRequest(
                model, "", "", PromptSyntax.PLAIN, 64, 64, 5, 1, "ddim", Map.of(), SEED, kind, 1, 0, 0, 0);
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
