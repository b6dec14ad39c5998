package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told from a single file, and what is refused. */
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
        FormulaCheckpoint.of(id).write(diffusers, DataType.F16);
        FormulaCheckpoint.of(id).singleFile().as(DataType.F16).write(file);
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
        FormulaCheckpoint.of("tiny-sd15").singleFile().write(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "epsilon")
                .containsEntry("beta_schedule", "scaled_linear")
                .containsEntry("beta_end", 0.012)
                .doesNotContainKey("timestep_spacing");
        assertThat(Checkpoint.open(file).unet().sampleSize()).isEqualTo(64);
    }

    @Test
    void versionXlHasTheSchedulerThatItWasPublishedWith() throws Exception {
        FormulaCheckpoint.of("tiny-sdxl").singleFile().as(DataType.F16).write(file);
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
                .write(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "v_prediction")
                .containsEntry("rescale_betas_zero_snr", true)
                .containsEntry("timestep_spacing", "trailing");
    }

    @ParameterizedTest
    @CsvSource({"v, v_prediction", "epsilon, epsilon", "something, epsilon"})
    void whatTheHeaderSaysHolds(String declared, String expected) throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().write(file);
        addMetadata("{\"__metadata__\":{\"modelspec.prediction_type\":\"" + declared + "\",\"more\":\""
                + "x".repeat(5000) + "\"},");
        assertThat(Checkpoint.open(file).schedulerConfig()).containsEntry("prediction_type", expected);
    }

    /** Merges inherit headers from models that they are not; their markers are what they were made with. */
    @Test
    void aMarkerOutranksTheHeader() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().with("v_pred", 0).write(file);
        addMetadata("{\"__metadata__\":{\"modelspec.prediction_type\":\"epsilon\"},");
        assertThat(Checkpoint.open(file).schedulerConfig()).containsEntry("prediction_type", "v_prediction");
    }

    @Test
    void aScheduleThatEndsWithNoiseNeedsVelocity() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().with("ztsnr", 0).write(file);
        assertThat(Checkpoint.open(file).schedulerConfig())
                .containsEntry("prediction_type", "epsilon")
                .doesNotContainKey("rescale_betas_zero_snr");
    }

    @Test
    void aUnetWithATensorTooManyIsRefusedByItsName() throws Exception {
        String extra = "model.diffusion_model.time_embed.cond_proj.weight";
        FormulaCheckpoint.of("tiny-sd15").singleFile().with(extra, 0).write(file);
        assertRefused(file.toString(), extra);
    }

    @Test
    void aNameOfNothingButDotsCostsNothing() throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("model.diffusion_model." + ".a".repeat(2000), 0)
                .write(file);
        assertRefused(file.toString(), "has a UNet with a tensor");
    }

    @Test
    void textEncodersOfOneFamilyWithAUnetOfAnotherAreRefused() throws Exception {
        FormulaCheckpoint.of("tiny-sd21")
                .singleFile()
                .renamed(name -> name.replace("cond_stage_model.model.", "cond_stage_model.transformer.text_model."))
                .write(file);
        assertThatThrownBy(() -> Checkpoint.open(file)).isInstanceOf(ModelException.class);
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight | a LoRA",
                "unet.down_blocks.0.attentions.0.proj_in.lora_A.weight | a LoRA",
                "lora_te_text_model_encoder_layers_0_mlp_fc1.hada_w1_a | a LoRA",
                "model.diffusion_model.joint_blocks.0.context_block.attn.proj.weight | Stable Diffusion 3",
                "double_blocks.0.img_attn.proj.weight | Flux",
                "model.diffusion_model.double_blocks.0.img_attn.proj.weight | Flux",
                "conditioner.embedders.0.model.ln_final.weight | the refiner of Stable Diffusion XL",
                "control_model.input_blocks.0.0.weight | a ControlNet",
                "down_blocks.0.resnets.0.conv1.weight | one network of a diffusers folder",
                "emb_params | a textual inversion",
                "something | not a Stable Diffusion checkpoint"
            })
    void otherKindsOfFilesAreRefusedByName(String tensor, String what) throws Exception {
        List<SafetensorsWriter.Spec> specs = List.of(new SafetensorsWriter.Spec(tensor, DataType.F32, List.of(4L)));
        SafetensorsWriter.write(file, specs, (spec, first, target) -> target.position(target.limit()));
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(file.toString(), what);
    }

    @ParameterizedTest
    @CsvSource({"first_stage_model., VAE", "cond_stage_model., text encoder"})
    void aFileWithoutOneOfItsNetworksIsRefused(String prefix, String what) throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .renamed(name -> name.startsWith(prefix) ? "" : name)
                .write(file);
        assertRefused(file.toString(), what);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.diffusion_model.input_blocks.1.0.in_layers.2.weight",
                "model.diffusion_model.out.2.weight",
                "first_stage_model.decoder.conv_in.weight",
                "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight",
                "cond_stage_model.model.positional_embedding"
            })
    void aMissingTensorIsNamedWithItsFile(String tensor) throws Exception {
        FormulaCheckpoint.of("tiny-sd21")
                .singleFile()
                .renamed(name -> name.equals(tensor) ? "" : name)
                .write(file);
        assertRefused(file.toString(), "there is no tensor");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.diffusion_model.input_blocks.0.0.weight",
                "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
                "model.diffusion_model.time_embed.0.weight",
                "first_stage_model.decoder.up.0.block.0.conv1.weight",
                "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight",
                "cond_stage_model.model.token_embedding.weight"
            })
    void aTensorOfAnotherShapeIsRefused(String tensor) throws Exception {
        FormulaCheckpoint.of("tiny-sd21").singleFile().with(tensor, 1, 2, 3, 4).write(file);
        assertThatThrownBy(() -> {
                    Checkpoint opened = Checkpoint.open(file);
                    UnetGraph.build(opened.unet(), opened.unetWeights(), GraphForm.CPU);
                    VaeDecoderGraph.build(opened.vae(), opened.vaeWeights(), GraphForm.CPU);
                    ClipTextGraph.build(
                            opened.textEncoder(),
                            opened.textEncoderWeights(),
                            ClipTextGraph.Output.NORMED,
                            GraphForm.CPU);
                })
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString());
    }

    @ParameterizedTest
    @CsvSource({"model.ckpt, 00", "model.safetensors, 504b030400000808", "model.safetensors, 80028a0a6cfc9c46"})
    void aPickleIsRefusedUnread(String name, String start) throws Exception {
        file = folder.resolve(name);
        Files.write(file, Arrays.copyOf(HexFormat.of().parseHex(start), 100));
        assertRefused(file.toString(), "pickle", "convert it");
    }

    @Test
    void aCutOffFileIsRefused() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").singleFile().write(file);
        byte[] content = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(content, content.length / 2));
        assertRefused(file.toString(), "cut off");
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(parts);
    }
}
