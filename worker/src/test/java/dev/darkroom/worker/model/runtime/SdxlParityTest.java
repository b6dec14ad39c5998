package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks of Stable Diffusion XL give what diffusers gives. */
class SdxlParityTest {
    private static final double TEXT = 2e-5;
    private static final double PICTURE = 5e-5;

    /** The first four of the golden vectors' texts. */
    private static final List<String> PROMPTS =
            List.of("a photo of a cat", "", "an oil painting of two red horses, highly detailed!", "一只猫 🐱 café");

    @TempDir
    private static Path folder;

    private static LoadedModel model;

    @BeforeAll
    static void load() throws Exception {
        FormulaCheckpoint.of("tiny-sdxl").write(folder.resolve("model"), DataType.F32);
        model = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START))
                .load(ModelFiles.of("xl", folder.resolve("model")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void bothTextEncodersSpeakSideBySide() throws Exception {
        TextEncoding encoded = model.encode(PROMPTS, 0);
        check(encoded.context(), Golden.unpacked("tiny-sdxl", "unet", folder.resolve("a")), "encoder_hidden_states");
        Golden text = Golden.unpacked("tiny-sdxl", "text", folder.resolve("a"));
        Tensor pooled = text.tensor("text_encoder_2.text_embeds", 4);
        assertThat(Golden.error(encoded.pooled().orElseThrow(), pooled)).isLessThan(TEXT);
    }

    @Test
    void thePooledTextIgnoresSkippedLayers() throws Exception {
        Golden text = Golden.unpacked("tiny-sdxl", "text", folder.resolve("b"));
        TextEncoding encoded = model.encode(PROMPTS.subList(0, 2), 1);
        check(encoded.context(), text, "encode.clip_skip_1");
        Tensor pooled = text.tensor("text_encoder_2.text_embeds", 2);
        assertThat(Golden.error(encoded.pooled().orElseThrow(), pooled)).isLessThan(TEXT);
    }

    @Test
    void soManyLayersCanBeSkippedAsThereAreBelowTheUsualOne() {
        assertThat(model.description().textLayers()).isEqualTo(2);
        assertThat(model.encode(PROMPTS, 2).context().shape()).containsExactly(4, 77, 192);
        assertThatThrownBy(() -> model.encode(PROMPTS, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int4_4x8x8",
                "float4_4x8x8",
                "int4_2x16x8",
                "float4_2x8x16",
                "int4_2x9x13",
                "float4_1x7x5",
                "tokens154_1x8x8"
            })
    void theUnetTakesRowsOfDifferentSizes(String name) throws Exception {
        Golden golden = Golden.unpacked("tiny-sdxl", "unet", folder.resolve(name));
        Tensor prediction = UnetCase.predict(model.unet(), golden, name);
        double error = Golden.error(prediction, golden.tensor(name + ".output"));
        System.out.printf("tiny-sdxl unet %s: error %.1e%n", name, error);
        assertThat(error).isLessThanOrEqualTo(PICTURE);
    }

    /** Only the projection of the pooled text is another operator, and may round otherwise. */
    @Test
    void aSingleFileGivesTheSame() throws Exception {
        Path file = folder.resolve("xl.safetensors");
        FormulaCheckpoint.of("tiny-sdxl").singleFile().write(file);
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
        try (LoadedModel single = loader.load(ModelFiles.of("file", file))) {
            TextEncoding expected = model.encode(PROMPTS, 0);
            TextEncoding actual = single.encode(PROMPTS, 0);
            assertThat(actual.context().data()).isEqualTo(expected.context().data());
            Tensor pooled = expected.pooled().orElseThrow();
            assertThat(Golden.error(actual.pooled().orElseThrow(), pooled)).isLessThan(1e-6);
            Tensor latents = new Tensor(pooled.data().clone(), 1, 4, 8, 16);
            AddedConditions added = new AddedConditions(
                    Golden.firstRows(pooled, 1), new Tensor(new float[] {64, 128, 0, 0, 64, 128}, 1, 6));
            Tensor context = Golden.firstRows(expected.context(), 1);
            UnetRows rows = new UnetRows(latents, new float[] {481.5f}, context).with(added);
            assertThat(single.unet().predict(rows).data())
                    .isEqualTo(model.unet().predict(rows).data());
            assertThat(single.vaeDecoder().decode(latents).data())
                    .isEqualTo(model.vaeDecoder().decode(latents).data());
        }
    }

    @Test
    void theUnetRefusesToRunWithoutWhatItNeeds() {
        Tensor latents = new Tensor(new float[4 * 64], 1, 4, 8, 8);
        Tensor context = new Tensor(new float[77 * 192], 1, 77, 192);
        UnetRows rows = new UnetRows(latents, new float[1], context);
        assertThatThrownBy(() -> model.unet().predict(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("added conditions");
        AddedConditions other = new AddedConditions(new Tensor(new float[64], 1, 64), new Tensor(new float[6], 1, 6));
        assertThatThrownBy(() -> model.unet().predict(rows.with(other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(rows, 128)");
    }

    private static void check(Tensor actual, Golden golden, String name) throws Exception {
        double error = Golden.error(actual, golden.tensor(name));
        System.out.printf("tiny-sdxl %s: error %.1e%n", name, error);
        assertThat(error).isLessThanOrEqualTo(TEXT);
    }
}
