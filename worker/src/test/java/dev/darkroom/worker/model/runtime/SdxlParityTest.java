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

/** The networks of Stable Diffusion XL give what diffusers gives. */
class SdxlParityTest {
    private static final double TEXT = 2e-5;

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
        check(encoded.context(), Golden.of("tiny-sdxl", "unet"), "encoder_hidden_states");
        Golden text = Golden.of("tiny-sdxl", "text");
        Tensor pooled = text.tensor("text_encoder_2.text_embeds", 4);
        assertThat(Golden.error(encoded.pooled().orElseThrow(), pooled)).isLessThan(TEXT);
    }

    @Test
    void thePooledTextIgnoresSkippedLayers() throws Exception {
        Golden text = Golden.of("tiny-sdxl", "text");
        for (int skip = 1; skip <= 2; skip++) {
            TextEncoding encoded = model.encode(PROMPTS.subList(0, 2), skip);
            check(encoded.context(), text, "encode.clip_skip_" + skip);
            Tensor pooled = text.tensor("text_encoder_2.text_embeds", 2);
            assertThat(Golden.error(encoded.pooled().orElseThrow(), pooled)).isLessThan(TEXT);
        }
    }

    @Test
    void soManyLayersCanBeSkippedAsThereAreBelowTheUsualOne() {
        assertThat(model.description().textLayers()).isEqualTo(2);
        assertThat(model.encode(PROMPTS, 2).context().shape()).containsExactly(4, 77, 192);
        assertThatThrownBy(() -> model.encode(PROMPTS, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theSecondEncoderCanBeGivenAnotherText() throws Exception {
        Golden text = Golden.of("tiny-sdxl", "text");
        checkTwo(text, PROMPTS.get(0), PROMPTS.get(2), "encode.two_prompts");
        // The second text was empty: diffusers takes the first one then.
        checkTwo(text, PROMPTS.get(3), PROMPTS.get(3), "encode.two_negatives");
    }

    private static void checkTwo(Golden golden, String first, String second, String name) throws Exception {
        TextEncoding left = model.encode(List.of(first), 0);
        TextEncoding right = model.encode(List.of(second), 0);
        float[] context = left.context().data().clone();
        int width = left.context().shape()[2];
        int own = 64; // of the first encoder
        for (int i = 0; i < context.length; i += width) {
            System.arraycopy(right.context().data(), i + own, context, i + own, width - own);
        }
        check(new Tensor(context, left.context().shape()), golden, name);
        check(right.pooled().orElseThrow(), golden, name + "_pooled");
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
