package dev.darkroom.worker.model.checkpoint;

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

/** What is refused where a single file is given as a model, and how. */
class SingleFileRefusalTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("model.safetensors");
    }

    @Test
    void aUnetWithATensorTooManyIsRefusedByItsName() throws Exception {
        String extra = "model.diffusion_model.time_embed.other_proj.weight";
        FormulaCheckpoint.of("tiny-sd15").singleFile().with(extra, 0).writeSparse(file);
        assertRefused(file.toString(), extra);
    }

    /** Nothing in such a file says how deep an attention is: one that is deeper than others belongs to another network. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "input_blocks.2.1.transformer_blocks.1.norm1.weight",
                "output_blocks.11.1.transformer_blocks.7.attn1.to_q.weight",
                "middle_block.1.transformer_blocks.1.norm1.weight",
                "output_blocks.0.1.norm.weight",
                "output_blocks.12.0.in_layers.0.weight"
            })
    void aUnetWhoseBlocksAreOfOtherSizesIsRefused(String extra) throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("model.diffusion_model." + extra, 0)
                .writeSparse(file);
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(file.toString(), extra);
    }

    /** Other autoencoders have attentions at more than the smallest resolution. */
    @ParameterizedTest
    @ValueSource(strings = {"decoder.up.0.attn.0.q.weight", "encoder.down.3.attn.1.norm.weight"})
    void aVaeWithATensorTooManyIsRefusedByItsName(String extra) throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("first_stage_model." + extra, 0)
                .writeSparse(file);
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(file.toString(), extra);
    }

    @Test
    void aNameOfNothingButDotsCostsNothing() throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .with("model.diffusion_model." + ".a".repeat(2000), 0)
                .writeSparse(file);
        assertRefused(file.toString(), "the name of a tensor is too long");
    }

    @Test
    void textEncodersOfOneFamilyWithAUnetOfAnotherAreRefused() throws Exception {
        FormulaCheckpoint.of("tiny-sd21")
                .singleFile()
                .renamed(name -> name.replace("cond_stage_model.model.", "cond_stage_model.transformer.text_model."))
                .writeSparse(file);
        assertThatThrownBy(() -> Checkpoint.open(file)).isInstanceOf(ModelException.class);
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
                "model.diffusion_model.input_blocks.1.0.time_stack.in_layers.0.weight | Stable Video Diffusion",
                "down_blocks.0.motion_modules.0.temporal_transformer.norm.weight | a motion module",
                "ip_adapter.1.to_k_ip.weight | an IP-Adapter",
                "noise_augmentor.time_embed.0.weight | Stable Diffusion unCLIP",
                "embedder.model.visual.conv1.weight | Stable Diffusion unCLIP",
                "model.diffusion_model.label_emb.weight | an upscaler",
                "clip_txt_mapper.weight | Stable Cascade",
                "edm_mean | Playground",
                "decoder.mid.block_1.norm1.weight | a VAE alone",
                "decoder.mid_block.resnets.0.norm1.weight | one network of a diffusers folder",
                "text_model.embeddings.token_embedding.weight | one network of a diffusers folder",
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
                .writeSparse(file);
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
                .writeSparse(file);
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
        FormulaCheckpoint.of("tiny-sd21").singleFile().with(tensor, 1, 2, 3, 4).writeSparse(file);
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
        FormulaCheckpoint.of("tiny-sd15").singleFile().writeSparse(file);
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
