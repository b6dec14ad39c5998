package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the operator says of a checkpoint against what it says itself, in both layouts. */
class OverridesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Layout.class)
    void thePredictionTypeIsWhatTheOperatorSays(Layout layout) throws Exception {
        Path path = write("tiny-sd15", layout);
        for (PredictionType type : PredictionType.values()) {
            Checkpoint opened = Checkpoint.open(files(path, Optional.empty(), Optional.of(type)));
            assertThat(opened.predictionType()).isEqualTo(type);
            assertThat(opened.schedulerConfig()).containsEntry("prediction_type", type.label());
        }
        assertThat(Checkpoint.open(path).predictionType()).isEqualTo(PredictionType.EPSILON);
    }

    @Test
    void whatVersion2PredictsDecidesTheSizeOfAFilesPictures() throws Exception {
        Path path = write("tiny-sd21", Layout.SINGLE_FILE);
        assertThat(Checkpoint.open(files(path, Optional.empty(), Optional.of(PredictionType.V_PREDICTION)))
                        .unet()
                        .sampleSize())
                .isEqualTo(96);
        assertThat(Checkpoint.open(files(path, Optional.empty(), Optional.of(PredictionType.EPSILON)))
                        .unet()
                        .sampleSize())
                .isEqualTo(64);
    }

    @Test
    void theOperatorOutranksAMarkerWhichStillTellsTheSchedule() throws Exception {
        Path path = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sdxl")
                .singleFile()
                .with("v_pred", 0)
                .with("ztsnr", 0)
                .writeSparse(path);
        Checkpoint noise = Checkpoint.open(files(path, Optional.empty(), Optional.of(PredictionType.EPSILON)));
        assertThat(noise.predictionType()).isEqualTo(PredictionType.EPSILON);
        assertThat(noise.schedulerConfig()).doesNotContainKey("rescale_betas_zero_snr");
        Checkpoint velocity = Checkpoint.open(files(path, Optional.empty(), Optional.of(PredictionType.V_PREDICTION)));
        assertThat(velocity.schedulerConfig()).containsEntry("rescale_betas_zero_snr", true);
    }

    @Test
    void anUnknownPredictionTypeOfAFolderIsRefusedUnlessTheOperatorSaysAnother() throws Exception {
        Path path = write("tiny-sd15", Layout.DIFFUSERS_FOLDER);
        Path scheduler = path.resolve("scheduler/scheduler_config.json");
        Files.writeString(
                scheduler,
                Files.readString(scheduler).replaceFirst("\\{", "{\"prediction_type\": \"flow_prediction\","));
        assertThatThrownBy(() -> Checkpoint.open(path))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(scheduler.toString(), "flow_prediction");
        assertThat(Checkpoint.open(files(path, Optional.empty(), Optional.of(PredictionType.SAMPLE)))
                        .predictionType())
                .isEqualTo(PredictionType.SAMPLE);
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15, SD1, DIFFUSERS_FOLDER",
        "tiny-sd15, SD1, SINGLE_FILE",
        "tiny-sd21, SD2, DIFFUSERS_FOLDER",
        "tiny-sd21, SD2, SINGLE_FILE",
        "tiny-sdxl, SDXL, DIFFUSERS_FOLDER",
        "tiny-sdxl, SDXL, SINGLE_FILE"
    })
    void aFamilyIsToldOrSaidAndAnotherOneRefused(String id, ModelFamily family, Layout layout) throws Exception {
        Path path = write(id, layout);
        assertThat(Checkpoint.open(path).family()).isEqualTo(family);
        for (ModelFamily said : ModelFamily.values()) {
            ModelFiles files = files(path, Optional.of(said), Optional.empty());
            if (said == family) {
                assertThat(Checkpoint.open(files).family()).isEqualTo(family);
            } else {
                assertThatThrownBy(() -> Checkpoint.open(files))
                        .isInstanceOf(UnsupportedModelException.class)
                        .hasMessageContainingAll(
                                path.toString(),
                                "is said to be",
                                Family.of(said).label());
            }
        }
    }

    /** A version 2 that was trained with another text encoder: the first one's activation would tell version 1. */
    @Test
    void aFolderThatIsToldWronglyCanBeSaid() throws Exception {
        Path path = write("tiny-sd21", Layout.DIFFUSERS_FOLDER);
        Path config = path.resolve("text_encoder/config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"quick_gelu\""));
        assertThat(Checkpoint.open(path).family()).isEqualTo(ModelFamily.SD1);
        assertThat(Checkpoint.open(files(path, Optional.of(ModelFamily.SD2), Optional.empty()))
                        .family())
                .isEqualTo(ModelFamily.SD2);
    }

    private Path write(String id, Layout layout) throws IOException {
        if (layout == Layout.DIFFUSERS_FOLDER) {
            FormulaCheckpoint.of(id).writeSparse(folder.resolve(id), DataType.F16);
            return folder.resolve(id);
        }
        Path file = folder.resolve(id + ".safetensors");
        FormulaCheckpoint.of(id).singleFile().as(DataType.F16).writeSparse(file);
        return file;
    }

    private static ModelFiles files(Path path, Optional<ModelFamily> family, Optional<PredictionType> prediction) {
        return new ModelFiles(
                "model", path, Optional.empty(), family, prediction, Optional.empty(), ModelDefaults.NONE);
    }
}
