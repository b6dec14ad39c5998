package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads the demo model, whole and broken. */
class OnnxModelLoaderTest {
    private static final Path SHAPES = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final OnnxModelLoader LOADER =
            new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void copy() throws IOException {
        model = folder.resolve("shapes");
        Files.walkFileTree(SHAPES, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path from, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(model.resolve(SHAPES.relativize(from)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path from, BasicFileAttributes attributes) throws IOException {
                Files.write(model.resolve(SHAPES.relativize(from)), Files.readAllBytes(from));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void theDemoModelLoadsAndRuns() throws Exception {
        try (LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model))) {
            assertThat(loaded.description().id()).isEqualTo("shapes");
            assertThat(loaded.description().latentChannels()).isEqualTo(4);
            assertThat(loaded.description().latentScale()).isEqualTo(8);
            assertThat(loaded.description().nativeSize()).isEqualTo(128);
            assertThat(loaded.description().schedulerConfig())
                    .containsEntry("_class_name", "DDIMScheduler")
                    .containsEntry("steps_offset", 1)
                    .doesNotContainKey("trained_betas");
            int[] tokens = loaded.tokenizer().padded("a red circle on a blue background");
            Tensor context =
                    loaded.textEncoder().encode(new int[][] {tokens}, 0).context();
            assertThat(context.shape()).containsExactly(1, 77, 128);
            Tensor latents = new Tensor(new float[4 * 16 * 12], 1, 4, 16, 12);
            Tensor prediction = loaded.unet().predict(new UnetRows(latents, new float[] {500}, context));
            assertThat(prediction.shape()).containsExactly(1, 4, 16, 12);
            Tensor picture = loaded.vaeDecoder().decode(prediction);
            assertThat(picture.shape()).containsExactly(1, 3, 128, 96);
            for (float value : picture.data()) {
                assertThat(value).isFinite();
            }
        }
    }

    @Test
    void aCallOfAUnetCanBeInterruptedAndTheNextOneRuns() throws Exception {
        try (LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model))) {
            UnetRows rows = new UnetRows(
                    new Tensor(new float[4 * 64], 1, 4, 8, 8),
                    new float[1],
                    new Tensor(new float[77 * 128], 1, 77, 128));
            Interruption interruption = new Interruption();
            interruption.raise();
            assertThatThrownBy(() -> loaded.unet().predict(rows, interruption))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("was interrupted");
            assertThat(loaded.unet().predict(rows).shape()).containsExactly(1, 4, 8, 8);
        }
    }

    @Test
    void theHashIsThatOfTheUnetsFile() throws Exception {
        byte[] weights = Files.readAllBytes(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        String expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights));
        try (LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model))) {
            assertThat(loaded.sha256()).isEqualTo(expected).isEqualTo(loaded.sha256());
        }
    }

    @Test
    void aModelWhoseFilesAreLinksLoads() throws Exception {
        Path weights = model.resolve("unet/diffusion_pytorch_model.safetensors");
        Path blob = Files.createDirectories(folder.resolve("blobs")).resolve("0123abcd");
        Files.move(weights, blob);
        Files.createSymbolicLink(weights, blob);
        try (LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model))) {
            assertThat(loaded.sha256()).hasSize(64);
        }
    }

    @Test
    void aClosedModelRefusesToRun() throws Exception {
        LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model));
        int[][] tokens = {loaded.tokenizer().padded("")};
        loaded.close();
        loaded.close();
        assertThatThrownBy(() -> loaded.textEncoder().encode(tokens, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void inputsThatDoNotFitAreRefusedBeforeTheyRun() throws Exception {
        try (LoadedModel loaded = LOADER.load(ModelFiles.of("shapes", model))) {
            Tensor context = new Tensor(new float[77 * 128], 1, 77, 128);
            Tensor latents = new Tensor(new float[4 * 64], 1, 4, 8, 8);
            assertRefused(() -> loaded.unet().predict(new UnetRows(latents, new float[2], context)), "2 timesteps");
            assertRefused(
                    () -> loaded.unet()
                            .predict(new UnetRows(new Tensor(new float[64], 1, 1, 8, 8), new float[1], context)),
                    "(rows, 4, h, w)");
            assertRefused(
                    () -> loaded.unet()
                            .predict(new UnetRows(latents, new float[1], new Tensor(new float[77], 1, 77, 1))),
                    "(rows, tokens, 128)");
            assertRefused(() -> loaded.vaeDecoder().decode(context), "(batch, 4, h, w)");
            assertRefused(() -> loaded.textEncoder().encode(new int[][] {{1, 2}}, 0), "77");
            assertRefused(() -> loaded.textEncoder().encode(new int[][] {new int[77]}, 3), "2 layers");
            int[] unknown = new int[77];
            unknown[5] = 696;
            assertRefused(() -> loaded.textEncoder().encode(new int[][] {unknown}, 0), "696");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unet/diffusion_pytorch_model.safetensors, mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
        "unet/diffusion_pytorch_model.safetensors, up_blocks.0.attentions.1.transformer_blocks.0.ff.net.0.proj.bias",
        "unet/diffusion_pytorch_model.safetensors, time_embedding.linear_2.bias",
        "vae/diffusion_pytorch_model.safetensors, decoder.up_blocks.2.resnets.0.conv_shortcut.weight",
        "vae/diffusion_pytorch_model.safetensors, post_quant_conv.bias",
        "text_encoder/model.safetensors, text_model.encoder.layers.1.mlp.fc2.weight"
    })
    void aMissingTensorIsNamedWithItsFile(String file, String tensor) throws Exception {
        rewrite(model.resolve(file), spec -> spec.name().equals(tensor) ? List.of() : List.of(spec));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(model.resolve(file).toRealPath().toString(), "no tensor " + tensor);
    }

    @Test
    void aTensorOfAnotherShapeIsNamedWithItsFile() throws Exception {
        Path file = model.resolve("unet/diffusion_pytorch_model.safetensors");
        rewrite(
                file,
                spec -> spec.name().equals("conv_in.weight")
                        ? List.of(new SafetensorsWriter.Spec(spec.name(), spec.type(), List.of(64L, 9L, 3L, 3L)))
                        : List.of(spec));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        file.toRealPath().toString(), "conv_in.weight", "[64, 9, 3, 3]", "[64, 4, 3, 3]");
    }

    @Test
    void aTensorOfIntegersIsNamedWithItsFile() throws Exception {
        Path file = model.resolve("vae/diffusion_pytorch_model.safetensors");
        rewrite(
                file,
                spec -> spec.name().equals("decoder.conv_out.bias")
                        ? List.of(new SafetensorsWriter.Spec(spec.name(), DataType.I32, spec.shape()))
                        : List.of(spec));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toRealPath().toString(), "decoder.conv_out.bias", "I32");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model_index.json",
                "unet/config.json",
                "vae/config.json",
                "text_encoder/config.json",
                "scheduler/scheduler_config.json",
                "tokenizer/vocab.json",
                "tokenizer/merges.txt",
                "text_encoder/model.safetensors",
                "unet/diffusion_pytorch_model.safetensors",
                "vae/diffusion_pytorch_model.safetensors"
            })
    void aMissingFileIsNamed(String file) throws IOException {
        Files.delete(model.resolve(file));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(model.resolve(file).toString());
    }

    @Test
    void aCutOffFileIsNamed() throws IOException {
        Path file = model.resolve("unet/diffusion_pytorch_model.safetensors");
        byte[] content = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(content, content.length - 1));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "cut off");
    }

    @Test
    void aModelOfAnotherFamilyIsRefusedByName() throws IOException {
        edit(
                "model_index.json",
                json -> json.replace(
                        "\"unet\": [", "\"text_encoder_3\": [\"transformers\", \"T5EncoderModel\"], \"unet\": ["));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("model_index.json", "text_encoder_3");
    }

    @Test
    void aTextOfAnotherWidthThanTheUnetTakesIsRefused() throws IOException {
        edit("unet/config.json", json -> json.replace("\"cross_attention_dim\": 128", "\"cross_attention_dim\": 768"));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("768", "128");
    }

    @Test
    void aVocabularyLargerThanTheTextEncodersIsRefused() throws IOException {
        edit("tokenizer/vocab.json", json -> json.replaceFirst("\\{", "{\"more\": 696, "));
        assertThatThrownBy(() -> LOADER.load(ModelFiles.of("shapes", model)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("vocab.json", "more", "696");
    }

    private void edit(String file, UnaryOperator<String> change) throws IOException {
        String before = Files.readString(model.resolve(file));
        String after = change.apply(before);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(model.resolve(file), after);
    }

    /** Writes a file anew, all zeros, with other tensors. */
    private static void rewrite(Path path, Function<SafetensorsWriter.Spec, List<SafetensorsWriter.Spec>> change)
            throws IOException {
        SafetensorsFile file = SafetensorsFile.open(path);
        List<SafetensorsWriter.Spec> specs = new ArrayList<>();
        for (String name : file.names()) {
            TensorEntry entry = file.find(name).orElseThrow();
            specs.addAll(change.apply(new SafetensorsWriter.Spec(name, entry.type(), entry.shape())));
        }
        Files.delete(path);
        SafetensorsWriter.write(path, specs, (spec, first, target) -> target.position(target.limit()));
    }

    private static void assertRefused(Runnable call, String part) {
        assertThatThrownBy(call::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(part);
    }
}
