package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.Shards;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.checkpoint.CheckpointSummary.Component;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of a checkpoint, and what UNets are given. */
class CheckpointSummaryTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15, SD1, LATENTS",
        "tiny-sd21, SD2, LATENTS",
        "tiny-sdxl, SDXL, LATENTS",
        "tiny-sd15-inpaint, SD1, INPAINTING",
        "tiny-sd15-pix2pix, SD1, EDITING"
    })
    void aFileIsToldAsTheFolderIs(String id, ModelFamily family, UnetInput input) throws Exception {
        FormulaCheckpoint formula = FormulaCheckpoint.of(id);
        formula.writeSparse(folder.resolve("folder"), DataType.F16);
        Path file = folder.resolve("model.safetensors");
        formula.singleFile().as(DataType.F16).writeSparse(file);
        CheckpointSummary ofFolder = Checkpoint.open(folder.resolve("folder")).summary();
        CheckpointSummary ofFile = Checkpoint.open(file).summary();
        assertThat(ofFolder.layout()).isEqualTo(Layout.DIFFUSERS_FOLDER);
        assertThat(ofFile.layout()).isEqualTo(Layout.SINGLE_FILE);
        for (CheckpointSummary summary : List.of(ofFolder, ofFile)) {
            assertThat(summary.family()).isEqualTo(family);
            assertThat(summary.input()).isEqualTo(input);
            for (Component component : summary.components()) {
                List<Spec> specs = formula.tensors(component.name(), DataType.F16);
                long parameters = specs.stream().mapToLong(Spec::size).sum();
                assertThat(component.tensors()).as(component.name()).isEqualTo(specs.size());
                assertThat(component.parameters()).isEqualTo(parameters);
                assertThat(component.bytes()).isEqualTo(Map.of(DataType.F16, 2 * parameters));
                assertThat(component.size()).isEqualTo(2 * parameters);
            }
        }
        assertThat(ofFile.components())
                .extracting(Component::name)
                .isEqualTo(
                        family == ModelFamily.SDXL
                                ? List.of("text_encoder", "text_encoder_2", "unet", "vae")
                                : List.of("text_encoder", "unet", "vae"));
        assertThat(ofFile.components())
                .allSatisfy(component -> assertThat(component.files()).containsExactly(file.toRealPath()));
    }

    @Test
    void shardsAndTypesAreListed() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder, DataType.F32);
        List<Path> shards = Shards.split(
                folder.resolve("unet/diffusion_pytorch_model.safetensors"),
                3,
                "diffusion_pytorch_model",
                "diffusion_pytorch_model.safetensors.index.json");
        Component unet = component(Checkpoint.open(folder), "unet");
        assertThat(unet.files()).hasSize(3).element(2).isEqualTo(shards.get(2).toRealPath());
        assertThat(unet.tensors()).isEqualTo(686);
        assertThat(unet.bytes()).containsOnlyKeys(DataType.F32);
    }

    @Test
    void typesOfMixedFilesAreToldApart() throws Exception {
        Path file = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .as(DataType.F16)
                .with("model.diffusion_model.out.2.bias", 1, 2, 3, 4)
                .writeSparse(file);
        Component unet = component(Checkpoint.open(file), "unet");
        assertThat(unet.bytes()).containsEntry(DataType.F32, 16L).containsKey(DataType.F16);
        assertThat(unet.size()).isEqualTo(2 * unet.parameters() + 8);
    }

    /** The one published model of version 2 for inpainting predicts noise, whatever its biases look like. */
    @Test
    void version2ForInpaintingPredictsNoise() throws Exception {
        float[] bias = new float[64];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = i % 2;
        }
        Path file = folder.resolve("model.safetensors");
        String telling = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";
        FormulaCheckpoint.of("tiny-sd21").singleFile().with(telling, bias).write(file);
        assertThat(Checkpoint.open(file).predictionType()).isEqualTo(PredictionType.V_PREDICTION);
        FormulaCheckpoint.of("tiny-sd21")
                .singleFile()
                .taking(9)
                .with(telling, bias)
                .write(file);
        Checkpoint inpainting = Checkpoint.open(file);
        assertThat(inpainting.predictionType()).isEqualTo(PredictionType.EPSILON);
        assertThat(inpainting.summary().input()).isEqualTo(UnetInput.INPAINTING);
        assertThat(UnetGraph.build(inpainting.unet(), inpainting.unetWeights(), GraphForm.CPU)
                        .name())
                .isEqualTo("unet");
    }

    @ParameterizedTest
    @CsvSource({"5, a depth model", "7, an upscaler", "12, a kind of model that is not known"})
    void unetsForOtherThingsAreRefusedByName(int channels, String what) throws Exception {
        Path file = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sd21").singleFile().taking(channels).writeSparse(file);
        FormulaCheckpoint.of("tiny-sd21").writeSparse(folder.resolve("folder"), DataType.F16);
        Path config = folder.resolve("folder/unet/config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"in_channels\": 4", "\"in_channels\": " + channels));
        for (Path path : List.of(file, folder.resolve("folder"))) {
            assertThatThrownBy(() -> Checkpoint.open(path))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContainingAll(path.toString(), what, channels + " channels");
        }
    }

    private static Component component(Checkpoint checkpoint, String name) throws Exception {
        return checkpoint.summary().components().stream()
                .filter(component -> component.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
