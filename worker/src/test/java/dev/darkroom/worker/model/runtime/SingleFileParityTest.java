package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same weights as a folder and as one file give the same results, to the bit. */
class SingleFileParityTest {
    private static final OnnxModelLoader LOADER =
            new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"tiny-sd15,F32", "tiny-sd15,F16", "tiny-sd21,F32"})
    void aFileGivesWhatTheFolderGives(String id, DataType type) throws Exception {
        FormulaCheckpoint.of(id).write(folder.resolve("folder"), type);
        Path file = folder.resolve(id + ".safetensors");
        FormulaCheckpoint.of(id).singleFile().as(type).write(file);
        try (LoadedModel expected = LOADER.load(ModelFiles.of("folder", folder.resolve("folder")));
                LoadedModel actual = LOADER.load(ModelFiles.of("file", file))) {
            assertSame(actual, expected, Golden.of(id, "unet"));
            assertThat(actual.description().textLayers())
                    .isEqualTo(expected.description().textLayers());
            assertThat(actual.description().latentChannels())
                    .isEqualTo(expected.description().latentChannels());
            assertThat(actual.sha256()).isEqualTo(sha256(file));
        }
    }

    /** Files made from a diffusers folder, and some of the oldest. */
    @Test
    void otherNamesOfTheTextEncodersTensorsAreKnown() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").write(folder.resolve("folder"), DataType.F32);
        Path file = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .renamed(name -> name.replace("transformer.text_model.", "transformer."))
                .write(file);
        try (LoadedModel expected = LOADER.load(ModelFiles.of("folder", folder.resolve("folder")));
                LoadedModel actual = LOADER.load(ModelFiles.of("file", file))) {
            assertSame(actual, expected, Golden.of("tiny-sd15", "unet"));
        }
    }

    @Test
    void aFileWithoutTheUnusedLastBlockOfItsTextEncoderGivesTheSame() throws Exception {
        FormulaCheckpoint.of("tiny-sd21").write(folder.resolve("folder"), DataType.F32);
        Path file = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sd21")
                .singleFile()
                .renamed(name -> name.contains("resblocks.3.") || name.endsWith("text_projection") ? "" : name)
                .write(file);
        try (LoadedModel expected = LOADER.load(ModelFiles.of("folder", folder.resolve("folder")));
                LoadedModel actual = LOADER.load(ModelFiles.of("file", file))) {
            assertSame(actual, expected, Golden.of("tiny-sd21", "unet"));
        }
    }

    private static void assertSame(LoadedModel actual, LoadedModel expected, Golden golden) throws IOException {
        String text = "Wow! A photo of a cat on a mat, café";
        int[] tokens = actual.tokenizer().padded(text);
        assertThat(tokens).isEqualTo(expected.tokenizer().padded(text));
        for (int skip = 0; skip < 3; skip++) {
            assertEqual(
                    actual.textEncoder().encode(new int[][] {tokens}, skip).context(),
                    expected.textEncoder().encode(new int[][] {tokens}, skip).context());
        }
        Tensor latents = UnetCase.predict(expected.unet(), golden, "float4_4x8x8");
        assertEqual(UnetCase.predict(actual.unet(), golden, "float4_4x8x8"), latents);
        assertEqual(actual.vaeDecoder().decode(latents), expected.vaeDecoder().decode(latents));
    }

    private static void assertEqual(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.data()).isEqualTo(expected.data());
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
