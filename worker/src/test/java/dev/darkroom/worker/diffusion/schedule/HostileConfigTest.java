package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@code scheduler_config.json} comes from outside, and what is said of it goes into logs and events. */
class HostileConfigTest {
    private static final String LONG = "\n\u001b[31m" + "x".repeat(100_000);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_class_name",
                "algorithm_type",
                "beta_schedule",
                "beta_start",
                "timestep_spacing",
                "use_karras_sigmas"
            })
    void whatItSaysIsShownInShort(String key) {
        Map<String, Object> config = Map.of("_class_name", "DPMSolverMultistepScheduler");
        assertThatThrownBy(() -> Schedulers.nameOf(with(config, key, LONG)))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .satisfies(e -> assertThat(e.getMessage())
                        .hasSizeLessThan(1500) // some list all names
                        .contains("xxx…")
                        .doesNotContainPattern("\\p{Cntrl}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"EDM", "FlowMatch", "learned"})
    void soAreTheKindsThatAreRefusedByTheirBeginning(String start) {
        String key = start.equals("learned") ? "variance_type" : "_class_name";
        Map<String, Object> config = Map.of("_class_name", "DDPMScheduler");
        assertThatThrownBy(() -> Schedulers.create("ddpm", with(config, key, start + LONG), 10))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300).contains(start + "??[31mxx"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "0.5"})
    void aListIsShownInShort(String scalar) {
        Map<String, Object> config = Map.of("_class_name", "DDIMScheduler");
        Object list = Collections.nCopies(100_000, scalar);
        assertThatThrownBy(() -> Schedulers.create("ddim", with(config, "clip_sample", list), 10))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    /** A least sigma above the greatest: the steps would go up, and ancestral noise would be no number. */
    @ParameterizedTest
    @CsvSource({"euler_karras", "kdpm2_a_karras", "heun_exponential", "lms_beta", "dpmpp_sde_karras", "dpmpp_2m_karras"
    })
    void sigmasThatRiseAreRefused(String name) {
        Map<String, Object> config =
                StableDiffusion.settings(Map.of("_class_name", "EulerDiscreteScheduler", "sigma_min", 10_000));
        assertThatThrownBy(() -> Schedulers.create(name, config, 10))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContainingAll("10 steps cannot be placed: the noise levels 14.61", "do not fall");
    }

    /** Betas so small that float32 loses them: no noise anywhere, and nothing to step along. */
    @ParameterizedTest
    @ValueSource(strings = {"euler", "dpmpp_2m", "unipc"})
    void trainingWithoutNoiseIsRefused(String name) {
        Map<String, Object> config = Map.of(
                "_class_name",
                "EulerDiscreteScheduler",
                "num_train_timesteps",
                9,
                "trained_betas",
                Collections.nCopies(9, 1e-12));
        assertThatThrownBy(() -> Schedulers.create(name, config, 3))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("the noise levels 0.0 and 0.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"euler", "dpmpp_2m", "ddim"})
    void anOffsetBeyondTheLastTimestepIsRefused(String name) {
        Map<String, Object> config =
                Map.of("_class_name", "DDIMScheduler", "timestep_spacing", "leading", "steps_offset", 999);
        assertThatThrownBy(() -> Schedulers.create(name, config, 2))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("steps_offset 999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"linspace", "leading", "trailing"})
    void moreSignalThanThereIsAtAnyTimestepIsRefused(String spacing) {
        Map<String, Object> config = Map.of(
                "_class_name", "DPMSolverMultistepScheduler", "lambda_min_clipped", 1e9, "timestep_spacing", spacing);
        assertThatThrownBy(() -> Schedulers.create("dpmpp_2m", config, 10))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("10 steps cannot be placed");
    }

    private static Map<String, Object> with(Map<String, Object> config, String key, Object value) {
        Map<String, Object> changed = new HashMap<>(config);
        changed.put(key, value);
        return changed;
    }
}
