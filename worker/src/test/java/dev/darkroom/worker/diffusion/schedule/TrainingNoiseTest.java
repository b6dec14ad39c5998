package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingNoiseTest {
    private static final Map<String, Object> STABLE_DIFFUSION =
            StableDiffusion.settings(Map.of("_class_name", "DDIMScheduler"));

    @Test
    void stableDiffusionsSignalIsAsKnown() {
        float[] alphas = TrainingNoise.alphasCumprod(SchedulerConfig.of(STABLE_DIFFUSION));
        assertThat(alphas).hasSize(1000);
        assertThat(alphas[999]).isCloseTo(0.004660096f, within(1e-8f));
        float[] sigmas = TrainingNoise.sigmas(alphas);
        assertThat(sigmas[999]).isCloseTo(14.6146f, within(1e-4f));
        assertThat(sigmas[0]).isCloseTo(0.0291675f, within(1e-7f));
    }

    @Test
    void betasCanBeGivenOneByOne() {
        SchedulerConfig config = SchedulerConfig.of(Map.of(
                "_class_name", "DDIMScheduler", "num_train_timesteps", 3, "trained_betas", List.of(0.5, 0.5, 0.25)));
        assertThat(TrainingNoise.alphasCumprod(config)).containsExactly(0.5f, 0.25f, 0.1875f);
        assertThatThrownBy(
                        () -> SchedulerConfig.of(Map.of("_class_name", "DDIMScheduler", "trained_betas", List.of(0.5))))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("trained_betas");
    }

    @Test
    void theLinearScheduleMultipliesUp() {
        SchedulerConfig config = SchedulerConfig.of(
                Map.of("_class_name", "DDIMScheduler", "num_train_timesteps", 3, "beta_start", 0.1, "beta_end", 0.3));
        float[] alphas = TrainingNoise.alphasCumprod(config);
        assertThat(alphas[2]).isCloseTo(0.9f * 0.8f * 0.7f, within(1e-6f));
    }

    @Test
    void aSingleTimestepHasTheFirstBeta() {
        SchedulerConfig config = SchedulerConfig.of(
                Map.of("_class_name", "DDIMScheduler", "num_train_timesteps", 1, "beta_start", 0.25, "beta_end", 0.5));
        assertThat(TrainingNoise.alphasCumprod(config)).containsExactly(0.75f);
    }

    @Test
    void theCosineScheduleFollowsItsCurveUntilItIsCapped() {
        SchedulerConfig config =
                SchedulerConfig.of(Map.of("_class_name", "DDIMScheduler", "beta_schedule", "squaredcos_cap_v2"));
        float[] alphas = TrainingNoise.alphasCumprod(config);
        double start = Math.pow(Math.cos(0.008 / 1.008 * Math.PI / 2), 2);
        double middle = Math.pow(Math.cos(0.508 / 1.008 * Math.PI / 2), 2);
        assertThat((double) alphas[499]).isCloseTo(middle / start, within(1e-5));
        assertThat(alphas[999] / alphas[998]).isCloseTo(0.001f, within(1e-6f));
    }

    @Test
    void rescalingLeavesNoSignalAtTheEndAndTheFirstAsItWas() {
        Map<String, Object> settings = new HashMap<>(STABLE_DIFFUSION);
        settings.put("rescale_betas_zero_snr", true);
        float[] plain = TrainingNoise.alphasCumprod(SchedulerConfig.of(STABLE_DIFFUSION));
        float[] rescaled = TrainingNoise.alphasCumprod(SchedulerConfig.of(settings));
        assertThat(rescaled[999]).isZero();
        assertThat(rescaled[0]).isCloseTo(plain[0], within(1e-6f));
        assertThat(TrainingNoise.alphasCumprodAboveZero(SchedulerConfig.of(settings))[999])
                .isEqualTo(0x1p-24f);
    }
}
