package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedulers of folders, and folders that are refused for what they list. */
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

    /** SD-Turbo and SDXL-Turbo differ from their teachers in the scheduler only. */
    @ParameterizedTest
    @CsvSource({"tiny-sd21, EulerDiscreteScheduler, SD2", "tiny-sdxl, EulerAncestralDiscreteScheduler, SDXL"})
    void theDistilledModelsOfFewStepsLoad(String id, String scheduler, ModelFamily family) throws Exception {
        Path turbo = folder.resolve("turbo");
        FormulaCheckpoint.of(id).writeSparse(turbo, DataType.F16);
        Files.writeString(turbo.resolve("scheduler/scheduler_config.json"), """
                {"_class_name": "%s", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
                 "clip_sample": false, "interpolation_type": "linear", "num_train_timesteps": 1000,
                 "prediction_type": "epsilon", "sample_max_value": 1.0, "set_alpha_to_one": false,
                 "skip_prk_steps": true, "steps_offset": 1, "timestep_spacing": "trailing", "trained_betas": null}
                """.formatted(scheduler));
        Checkpoint opened = Checkpoint.open(turbo);
        assertThat(opened.family()).isEqualTo(family);
        assertThat(opened.schedulerConfig())
                .containsEntry("_class_name", scheduler)
                .containsEntry("timestep_spacing", "trailing");
    }

    @ParameterizedTest
    @CsvSource({
        "text_encoder_3, Stable Diffusion 3",
        "transformer, Flux",
        "prior, two stages",
        "controlnet, a ControlNet",
        "adapter, a T2I adapter",
        "motion_adapter, moving pictures",
        "depth_estimator, a depth model",
        "low_res_scheduler, an upscaler",
        "image_noising_scheduler, unCLIP"
    })
    void otherKindsOfFoldersAreRefusedByName(String component, String what) throws Exception {
        index(json -> json.replaceFirst("\\{", "{\"" + component + "\": [\"some\", \"Class\"],"));
        assertRefused("model_index.json", component, what);
    }

    @Test
    void theRefinerIsRefusedByName() throws Exception {
        index(json -> json.replace("\"text_encoder\"", "\"text_encoder_2\""));
        assertRefused("model_index.json", "the refiner of Stable Diffusion XL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text_encoder", "tokenizer", "unet", "vae", "scheduler"})
    void aFolderWithoutOneOfItsComponentsIsRefused(String component) throws Exception {
        index(json -> json.replace("\"" + component + "\"", "\"something\""));
        assertRefused("model_index.json", "lists no " + component);
    }

    @Test
    void oneNetworkOfAFolderIsRefusedWithAdvice() {
        assertThatThrownBy(() -> Checkpoint.open(DEMO.resolve("unet")))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("unet is one network", "give the folder that holds model_index.json");
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContainingAll(parts);
    }

    private void index(UnaryOperator<String> change) throws IOException {
        String before = Files.readString(DEMO.resolve("model_index.json"));
        String after = change.apply(before);
        assertThat(after).isNotEqualTo(before);
        Files.delete(folder.resolve("model_index.json"));
        Files.writeString(folder.resolve("model_index.json"), after);
    }

    private void scheduler(String json) throws IOException {
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"), json);
    }
}
