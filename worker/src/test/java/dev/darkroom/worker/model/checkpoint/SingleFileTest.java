package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told from a single file. */
class SingleFileTest {
    private static final String TELLING_BIAS =
            "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sd21", "tiny-sdxl"})
    void theConfigurationsAreThoseOfTheFolder(String id) throws Exception {
        Path diffusers = folder.resolve("folder");
        FormulaCheckpoint.of(id).writeSparse(diffusers, DataType.F16);
        FormulaCheckpoint.of(id).singleFile().as(DataType.F16).writeSparse(file);
        Checkpoint expected = Checkpoint.open(diffusers);
        Checkpoint actual = Checkpoint.open(file);
        assertThat(actual.textEncoder()).isEqualTo(expected.textEncoder());
        assertThat(actual.secondText().map(Checkpoint.Text::encoder))
                .isEqualTo(expected.secondText().map(Checkpoint.Text::encoder));
        assertThat(actual.zerosForEmptyNegative()).isEqualTo(expected.zerosForEmptyNegative());
        assertThat(actual.vae()).isEqualTo(expected.vae());
        assertThat(actual.unet())
                .usingRecursiveComparison()
                .ignoringFields("sampleSize") // the tiny models are for tiny pictures, which no tensor tells
                .isEqualTo(expected.unet());
    }

    @Test
    void version1PredictsNoiseAndHasTheNoiseProcessOfAllStableDiffusion() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().writeSparse(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "epsilon")
                .containsEntry("beta_schedule", "scaled_linear")
                .containsEntry("beta_end", 0.012)
                .doesNotContainKey("timestep_spacing");
        assertThat(Checkpoint.open(file).unet().sampleSize()).isEqualTo(64);
    }

    @Test
    void versionXlHasTheSchedulerThatItWasPublishedWith() throws Exception {
        FormulaCheckpoint.of("tiny-sdxl").singleFile().as(DataType.F16).writeSparse(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("_class_name", "EulerDiscreteScheduler")
                .containsEntry("timestep_spacing", "leading")
                .containsEntry("prediction_type", "epsilon");
        assertThat(Checkpoint.open(file).unet().sampleSize()).isEqualTo(128);
    }

    @ParameterizedTest
    @CsvSource({"0.2, v_prediction, 96", "0.02, epsilon, 64"})
    void theSpreadOfOneBiasTellsWhatVersion2Predicts(float spread, String expected, int size) throws Exception {
        float[] bias = new float[64];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = 1 + (i % 2 == 0 ? spread : -spread);
        }
        FormulaCheckpoint.of("tiny-sd21").singleFile().with(TELLING_BIAS, bias).write(file);
        assertThat(Checkpoint.open(file).schedulerConfig()).containsEntry("prediction_type", expected);
        assertThat(Checkpoint.open(file).unet().sampleSize()).isEqualTo(size);
    }

    @Test
    void markersOfNewerTrainersAreRead() throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("v_pred", 0)
                .with("ztsnr", 0)
                .writeSparse(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "v_prediction")
                .containsEntry("rescale_betas_zero_snr", true)
                .containsEntry("timestep_spacing", "trailing");
    }

    @ParameterizedTest
    @CsvSource({"v, v_prediction", "epsilon, epsilon", "something, epsilon"})
    void whatTheHeaderSaysHolds(String declared, String expected) throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().writeSparse(file);
        addMetadata("{\"__metadata__\":{\"modelspec.prediction_type\":\"" + declared + "\",\"more\":\""
                + "x".repeat(5000) + "\"},");
        assertThat(Checkpoint.open(file).schedulerConfig()).containsEntry("prediction_type", expected);
    }

    /** Merges inherit headers from models that they are not; their markers are what they were made with. */
    @Test
    void aMarkerOutranksTheHeader() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().with("v_pred", 0).writeSparse(file);
        addMetadata("{\"__metadata__\":{\"modelspec.prediction_type\":\"epsilon\"},");
        assertThat(Checkpoint.open(file).schedulerConfig()).containsEntry("prediction_type", "v_prediction");
    }

    @Test
    void aScheduleThatEndsWithNoiseNeedsVelocity() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().with("ztsnr", 0).writeSparse(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "epsilon")
                .doesNotContainKey("rescale_betas_zero_snr");
    }

    /** Trainers keep the moving average beside the weights, or whole optimisers; none of it is the model. */
    @Test
    void whatElseIsInAFileIsLeftAlone() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().writeSparse(file);
        Checkpoint plain = Checkpoint.open(file);
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("model_ema.diffusion_modelinput_blocks00weight", 1, 2, 3)
                .with("model_ema.diffusion_model.input_blocks.0.0.weight", 1, 2, 3)
                .with("optimizer.state.0", 1)
                .with("global_step", 1)
                .with("first_stage_model.loss.discriminator.main.0.weight", 1)
                .with("cond_stage_model.logit_scale", 1)
                .writeSparse(file);
        Checkpoint more = Checkpoint.open(file);
        assertThat(more.summary()).isEqualTo(plain.summary());
        assertThat(more.unet()).isEqualTo(plain.unet());
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd15, 32", "tiny-sdxl, 64"})
    void aModelThatWasDistilledToTakeItsGuidanceInIsALatentConsistencyModel(String id, int frequencies)
            throws Exception {
        FormulaCheckpoint.of(id)
                .singleFile()
                .with(
                        "model.diffusion_model.time_embed.cond_proj.weight",
                        List.of((long) frequencies, 24L),
                        new float[frequencies * 24])
                .writeSparse(file);
        Checkpoint opened = Checkpoint.open(file);
        assertThat(opened.unet().guidanceWidth()).hasValue(24);
        assertThat(opened.schedulerConfig()).containsEntry("_class_name", "LCMScheduler");
        UnetGraph.build(opened.unet(), opened.unetWeights(), GraphForm.CPU);
    }

    private void addMetadata(String start) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] json = new byte[(int) content.getLong()];
        content.get(json);
        byte[] more = start.getBytes(StandardCharsets.UTF_8);
        ByteBuffer changed =
                ByteBuffer.allocate(content.capacity() + more.length - 1).order(ByteOrder.LITTLE_ENDIAN);
        changed.putLong(json.length + more.length - 1)
                .put(more)
                .put(json, 1, json.length - 1)
                .put(content);
        Files.write(file, changed.array());
    }
}
