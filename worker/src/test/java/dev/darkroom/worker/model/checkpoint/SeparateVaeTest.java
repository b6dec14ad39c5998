package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.SparseSafetensors;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A VAE in place of a checkpoint's own. */
class SeparateVaeTest {
    private static final String OWN = "first_stage_model.";

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void resolveLinks() throws IOException {
        folder = temporary.toRealPath();
    }

    @ParameterizedTest
    @ValueSource(strings = {"first_stage_model.", "vae.", ""})
    void aFileWithTheOriginalNamesTakesThePlaceOfAFolders(String prefix) throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder.resolve("model"), DataType.F32);
        Path vae = originalNames("tiny-sd15", name -> prefix + name);
        assertTaken(folder.resolve("model"), vae, vae, 0.18215);
    }

    @Test
    void aFileWithTheNamesOfDiffusersTakesThePlaceOfAFiles() throws Exception {
        Path model = singleFile("tiny-sdxl");
        FormulaCheckpoint.of("tiny-sdxl").writeComponent(folder.resolve("vae"), "vae", DataType.F16);
        Path vae = Files.move(
                folder.resolve("vae/diffusion_pytorch_model.safetensors"), folder.resolve("other.safetensors"));
        assertTaken(model, vae, vae, 0.13025);
    }

    @Test
    void aFolderBringsItsScale() throws Exception {
        Path model = singleFile("tiny-sd15");
        Path vae = folder.resolve("vae");
        FormulaCheckpoint.of("tiny-sd15").writeComponent(vae, "vae", DataType.F16);
        Path config = vae.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceFirst("\"scaling_factor\": [0-9.]+", "\"scaling_factor\": 0.5"));
        assertTaken(model, vae, vae.resolve("diffusion_pytorch_model.safetensors"), 0.5);
    }

    @Test
    void anotherSingleFileCheckpointGivesItsVae() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder.resolve("model"), DataType.F32);
        Path other = singleFile("tiny-sd21");
        assertTaken(folder.resolve("model"), other, other, 0.18215);
    }

    /** Each with a checkpoint that has none itself. */
    @ParameterizedTest
    @CsvSource({"file", "folder"})
    void aCheckpointNeedsNoVaeOfItsOwn(String layout) throws Exception {
        Path vae = originalNames("tiny-sd15", name -> name);
        Path model = folder.resolve("model.safetensors");
        if (layout.equals("file")) {
            FormulaCheckpoint.of("tiny-sd15")
                    .singleFile()
                    .renamed(name -> name.startsWith(OWN) ? "" : name)
                    .writeSparse(model);
            assertThatThrownBy(() -> Checkpoint.open(model))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContainingAll(model.toString(), "the VAE", "--vae");
        } else {
            FormulaCheckpoint.of("tiny-sd15").writeSparse(model, DataType.F32);
            Path index = model.resolve("model_index.json");
            Files.writeString(
                    index,
                    Files.readString(index)
                            .replace("\"vae\": [\"diffusers\", \"AutoencoderKL\"]", "\"vae\": [null, null]"));
            assertThatThrownBy(() -> Checkpoint.open(model))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContainingAll(index.toString(), "lists no vae");
        }
        assertTaken(model, vae, vae, 0.18215);
    }

    @Test
    void aVaeOfAnotherFamilyIsRefusedByItsName() throws Exception {
        Path model = singleFile("tiny-sd15");
        Path vae = folder.resolve("flux.safetensors");
        List<Spec> specs = FormulaCheckpoint.of("tiny-sd15").tensors("vae", DataType.F16).stream()
                .map(spec -> spec.name().equals("decoder.conv_in.weight")
                        ? new Spec(spec.name(), spec.type(), List.of(96L, 16L, 3L, 3L))
                        : spec)
                .toList();
        SparseSafetensors.write(vae, specs);
        assertThatThrownBy(() -> Checkpoint.open(with(model, vae)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(model.toString(), vae.toString(), "16", "another family");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lora_unet_mid.lora_down.weight         | a LoRA",
                "encoder.layers.0.conv.weight           | not a Stable Diffusion checkpoint",
                "model.diffusion_model.input_blocks.0.0.weight | not a VAE"
            })
    void aFileThatIsNoVaeIsRefusedByItsName(String tensor, String what) throws Exception {
        Path model = singleFile("tiny-sd15");
        Path vae = folder.resolve("vae.safetensors");
        SparseSafetensors.write(vae, List.of(new Spec(tensor, DataType.F32, List.of(4L))));
        assertThatThrownBy(() -> Checkpoint.open(with(model, vae)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(vae.toString(), what);
    }

    @Test
    void aPickleIsRefused() throws Exception {
        Path model = singleFile("tiny-sd15");
        Path vae = Files.write(folder.resolve("vae.pt"), new byte[100]);
        assertThatThrownBy(() -> Checkpoint.open(with(model, vae)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(vae.toString(), "pickle");
    }

    @Test
    void aWholeFolderAndAPathToNothingAreRefusedWithAdvice() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").writeSparse(folder.resolve("model"), DataType.F32);
        Path model = folder.resolve("model");
        assertThatThrownBy(() -> Checkpoint.open(with(model, model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(model.toString(), "give the folder vae in it");
        Path nothing = folder.resolve("nothing");
        assertThatThrownBy(() -> Checkpoint.open(with(model, nothing)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(nothing.toString(), "neither a folder");
    }

    private static void assertTaken(Path model, Path vae, Path weights, double scale) throws Exception {
        Checkpoint opened = Checkpoint.open(with(model, vae));
        assertThat(opened.vaeWeights().files()).containsExactly(weights);
        assertThat(opened.vae().scalingFactor()).isEqualTo(scale);
        assertThat(opened.vae().channels()).containsExactly(32, 64, 96, 96);
        assertThat(VaeDecoderGraph.build(opened.vae(), opened.vaeWeights(), GraphForm.CPU)
                        .folder())
                .isEqualTo(weights.getParent());
    }

    private Path singleFile(String id) throws IOException {
        Path file = folder.resolve(id + ".safetensors");
        FormulaCheckpoint.of(id).singleFile().writeSparse(file);
        return file;
    }

    private Path originalNames(String id, UnaryOperator<String> name) throws IOException {
        Path file = folder.resolve("original.safetensors");
        FormulaCheckpoint.of(id)
                .singleFile()
                .renamed(key -> key.startsWith(OWN) ? name.apply(key.substring(OWN.length())) : "")
                .writeSparse(file);
        return file;
    }

    private static ModelFiles with(Path model, Path vae) {
        return new ModelFiles(
                "model",
                model,
                Optional.of(vae),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ModelDefaults.NONE);
    }
}
