package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ranges of the numbers in a {@code scheduler_config.json}, on both sides of each end. */
class SettingBoundsTest {
    @ParameterizedTest
    @CsvSource({
        "num_train_timesteps,0",
        "num_train_timesteps,100001",
        "num_train_timesteps,2000000000",
        "num_train_timesteps,10.5",
        "num_train_timesteps,1e300",
        "beta_start,0",
        "beta_start,-1",
        "beta_start,1",
        "beta_end,0",
        "beta_end,1",
        "beta_end,NaN",
        "steps_offset,-1",
        "steps_offset,1000",
        "clip_sample_range,0",
        "dynamic_thresholding_ratio,0",
        "dynamic_thresholding_ratio,2",
        "sample_max_value,0.5",
        "sigma_min,-1",
        "sigma_min,0",
        "sigma_max,0",
        "sigma_max,1e6",
        "solver_order,0",
        "solver_order,4",
        "lambda_min_clipped,NaN",
        "original_inference_steps,0",
        "original_inference_steps,1001",
        "timestep_scaling,0",
        "timestep_scaling,1e6",
        "noise_sampler_seed,-1",
        "noise_sampler_seed,0.5"
    })
    void aNumberOutOfRangeIsRefusedByName(String key, double value) {
        assertThatThrownBy(() -> SchedulerConfig.of(settings(key, value)))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining(key);
    }

    @ParameterizedTest
    @CsvSource({
        "num_train_timesteps,1",
        "num_train_timesteps,100000",
        "steps_offset,0",
        "steps_offset,999",
        "dynamic_thresholding_ratio,1",
        "sample_max_value,1",
        "sigma_max,999999",
        "solver_order,1",
        "solver_order,3",
        "original_inference_steps,1",
        "original_inference_steps,1000",
        "timestep_scaling,999999",
        "noise_sampler_seed,0"
    })
    void theLastNumberInRangeIsTaken(String key, double value) {
        SchedulerConfig config = SchedulerConfig.of(settings(key, value));
        double taken = switch (key) {
            case "num_train_timesteps" -> config.numTrainTimesteps();
            case "steps_offset" -> config.stepsOffset();
            case "dynamic_thresholding_ratio" -> config.dynamicThresholdingRatio();
            case "sample_max_value" -> config.sampleMaxValue();
            case "sigma_max" -> config.sigmaMax().orElseThrow();
            case "solver_order" -> config.solverOrder();
            case "original_inference_steps" -> config.originalInferenceSteps();
            case "timestep_scaling" -> config.timestepScaling();
            default -> config.noiseSamplerSeed().orElseThrow();
        };
        assertThat(taken).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.5, Double.NaN})
    void eachGivenBetaMustBeInRange(double beta) {
        Map<String, Object> settings = settings("trained_betas", List.of(0.5, beta));
        settings.put("num_train_timesteps", 2);
        assertThatThrownBy(() -> SchedulerConfig.of(settings))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessage("The scheduler setting trained_betas is out of range: " + beta);
    }

    private static Map<String, Object> settings(String key, Object value) {
        String className = switch (key) {
            case "clip_sample_range" -> "DDIMScheduler";
            case "original_inference_steps", "timestep_scaling" -> "LCMScheduler";
            case "noise_sampler_seed" -> "DPMSolverSDEScheduler";
            default -> "DPMSolverMultistepScheduler";
        };
        return new HashMap<>(Map.of("_class_name", className, key, value));
    }
}
