package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every class with every spacing of sigmas, prediction type and number of steps against diffusers, with its other settings
 * drawn at random: whole final samples where diffusers makes one, and a finite one or a clear refusal where it fails.
 */
class SweepTest {
    private static final int SIZE = 4 * 2 * 4;
    private static final List<String> SPACINGS =
            List.of("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas");

    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode each : ScheduleVectors.cases("sweep.json.gz")) {
            cases.add(
                    Arguments.of(each.get("scheduler").textValue() + ", " + steps(each) + ", " + settings(each), each));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aRunEndsWhereDiffusersEnds(String name, JsonNode expected) {
        Scheduler scheduler;
        try {
            scheduler = scheduler(expected);
        } catch (UnsupportedSchedulerException e) {
            if (expected.has("final_f32le_b64")) {
                throw e; // diffusers has it
            }
            assertThat(e.getMessage()).containsAnyOf("rescale_betas_zero_snr", "skip_prk_steps");
            return;
        }
        TorchNoise noise = new TorchNoise(0);
        float[] end = run(scheduler, noise);
        for (float value : end) {
            assertThat(value).isFinite();
        }
        checkTimesteps(scheduler, expected);
        if (expected.has("final_f32le_b64")) {
            float[] diffusers =
                    ScheduleVectors.decoded(expected.get("final_f32le_b64").textValue());
            assertThat(ScheduleVectors.relativeError(end, diffusers)).isLessThan(tolerance(expected));
            assertThat(noise.draws() - 1).isEqualTo(expected.get("randn_calls").intValue());
        }
    }

    /** The reference's torch rounds the training noise otherwise than the one that Darkroom is equal to. */
    private static double tolerance(JsonNode expected) {
        JsonNode config = expected.get("config");
        String scheduler = expected.get("scheduler").textValue();
        if (scheduler.equals("DEISMultistepScheduler")) {
            // Differences of logarithms, which the reference takes in float32; beta sigmas lie very near each other.
            return config.has("use_beta_sigmas") ? 1e-2 : 1e-3;
        }
        boolean brownian = scheduler.equals("DPMSolverSDEScheduler"); // other roundings are other times, so other noise
        boolean cancels = scheduler.equals("KDPM2AncestralDiscreteScheduler") && steps(expected) <= 2;
        if (config.has("use_beta_sigmas") || brownian || cancels) {
            return 4e-3;
        }
        boolean amplified =
                steps(expected) <= 3 || config.path("rescale_betas_zero_snr").asBoolean();
        return amplified ? 5e-4 : 2e-5;
    }

    private static void checkTimesteps(Scheduler scheduler, JsonNode expected) {
        JsonNode timesteps = expected.get("timesteps");
        int steps = steps(expected);
        assertThat(scheduler.steps()).isEqualTo(timesteps == null ? steps : timesteps.size());
        for (int i = 0; timesteps != null && i < timesteps.size(); i++) {
            assertThat((double) scheduler.timestep(i))
                    .isCloseTo(timesteps.get(i).doubleValue(), within(0.02));
        }
    }

    /** The whole grid, so that no class, spacing, prediction type or number of steps can go missing. */
    @Test
    void everyCellIsThere() {
        Set<String> cells = new HashSet<>();
        ScheduleVectors.cases("sweep.json.gz").forEach(each -> cells.add(cell(each)));
        for (Sampler sampler : Sampler.values()) {
            Object algorithm = sampler.settings().get("algorithm_type");
            boolean multistep = sampler.schedulerClass() == SchedulerClass.DPM_SOLVER_MULTISTEP;
            for (SchedulerConfig.SigmaSpacing spacing : sampler.spacings()) {
                for (String prediction : List.of("epsilon", "v_prediction", "sample")) {
                    for (int steps : new int[] {1, 2, 3, 4, 10, 50}) {
                        assertThat(cells)
                                .contains(sampler.schedulerClass().diffusersName()
                                        + (multistep ? algorithm : "")
                                        + Schedulers.suffix(spacing)
                                        + prediction
                                        + steps);
                    }
                }
            }
        }
        assertThat(cells).hasSize(936);
    }

    private static String cell(JsonNode each) {
        JsonNode config = each.get("config");
        String spacing = SPACINGS.stream()
                .filter(config::has)
                .map(key -> "_" + key.split("_", -1)[1])
                .findFirst()
                .orElse("");
        return each.get("scheduler").textValue()
                + config.path("algorithm_type").asText("")
                + spacing
                + config.get("prediction_type").textValue()
                + steps(each);
    }

    private static int steps(JsonNode each) {
        return each.get("num_inference_steps").intValue();
    }

    private static Map<String, Object> settings(JsonNode each) {
        return ScheduleVectors.settings(each.get("config"));
    }

    private static Scheduler scheduler(JsonNode each) {
        Map<String, Object> settings = new HashMap<>(settings(each));
        settings.putAll(StableDiffusion.settings());
        settings.put("num_train_timesteps", 1000);
        double eta = each.path("step_kwargs").path("eta").asDouble(0);
        return ScheduleVectors.create(each.get("scheduler").textValue(), settings, steps(each), eta);
    }

    private static float[] run(Scheduler scheduler, TorchNoise noise) {
        float[] sample = noise.randn(SIZE);
        for (int i = 0; i < SIZE; i++) {
            sample[i] *= scheduler.initNoiseSigma();
        }
        SolverHistory history = new SolverHistory();
        for (int index = 0; index < scheduler.steps(); index++) {
            float t = scheduler.timestep(index);
            float[] output = scheduler.scaleModelInput(index, sample).clone();
            for (int i = 0; i < SIZE; i++) {
                output[i] = output[i] * (t + 1) / (t + 2);
            }
            sample = scheduler.step(index, output, sample, history, noise);
        }
        return sample;
    }
}
