package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo model with another scheduler. */
class DiffusersFolderTest {
    private static final Path DEMO = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes")
            .toAbsolutePath()
            .normalize();

    @TempDir
    private Path folder;

    @BeforeEach
    void linkTheDemoModel() throws IOException {
        for (String part : List.of("model_index.json", "tokenizer", "text_encoder", "unet", "vae")) {
            Files.createSymbolicLink(folder.resolve(part), DEMO.resolve(part));
        }
        Files.createDirectories(folder.resolve("scheduler"));
    }

    /** Python writes an infinity as a bare word, which is not JSON. */
    @Test
    void aSchedulerAsDiffusersSavesItLoads() throws Exception {
        scheduler("""
                {
                  "_class_name": "DPMSolverMultistepScheduler",
                  "_diffusers_version": "0.31.0",
                  "algorithm_type": "dpmsolver++",
                  "beta_end": 0.012,
                  "beta_schedule": "scaled_linear",
                  "beta_start": 0.00085,
                  "dynamic_thresholding_ratio": 0.995,
                  "euler_at_final": false,
                  "final_sigmas_type": "zero",
                  "lambda_min_clipped": -Infinity,
                  "lower_order_final": true,
                  "num_train_timesteps": 1000,
                  "prediction_type": "epsilon",
                  "rescale_betas_zero_snr": false,
                  "sample_max_value": 1.0,
                  "solver_order": 2,
                  "solver_type": "midpoint",
                  "steps_offset": 1,
                  "thresholding": false,
                  "timestep_spacing": "leading",
                  "trained_betas": null,
                  "use_beta_sigmas": false,
                  "use_exponential_sigmas": false,
                  "use_karras_sigmas": false,
                  "use_lu_lambdas": false,
                  "variance_type": null
                }
                """);
        Map<String, Object> config = Checkpoint.open(folder).schedulerConfig();
        assertThat(config).containsEntry("lambda_min_clipped", Double.NEGATIVE_INFINITY);
        Scheduler scheduler = Schedulers.create(Schedulers.nameOf(config), config, 20);
        assertThat(scheduler.steps()).isEqualTo(20);
        assertThat(scheduler.timestep(0)).isEqualTo(941); // 20 * (1000 / 21) + steps_offset
    }

    @Test
    void aBrokenSchedulerConfigurationIsNamedInOneLine() throws IOException {
        scheduler("{\n\"beta_end\": 0.012\n\"beta_start\": 0.00085}");
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("scheduler_config.json", "line 3")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    private void scheduler(String json) throws IOException {
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"), json);
    }
}
