package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a UNet is told of prompts with weights and of long ones, on real text encoders. */
class PromptEncodingTest {
    private static final int ROW = 77;
    private static final double CLOSE = 1e-5;

    @TempDir
    private static Path folder;

    private static LoadedModel sd15;
    private static LoadedModel xl;

    @BeforeAll
    static void open() throws Exception {
        sd15 = load("tiny-sd15");
        xl = load("tiny-sdxl");
    }

    private static LoadedModel load(String id) throws Exception {
        Path checkpoint = folder.resolve(id);
        FormulaCheckpoint.of(id).write(checkpoint, DataType.F32);
        return new OnnxModelLoader(new RuntimeOptions(RuntimeOptions.Device.CPU, 2, RuntimeOptions.Memory.FAST_START))
                .load(ModelFiles.of(id, checkpoint));
    }

    @AfterAll
    static void close() {
        sd15.close();
        xl.close();
    }

    @Test
    void aShortPromptWithoutMarksIsTheSameInBothSyntaxes() {
        for (LoadedModel model : List.of(sd15, xl)) {
            Conditioning plain = encode(model, PromptSyntax.PLAIN, "a photo of a cat", "dog", 0);
            Conditioning weighted = encode(model, PromptSyntax.WEIGHTED, "a photo of a cat", "dog", 0);
            assertThat(weighted.tokens()).isEqualTo(ROW);
            assertClose(weighted.prompt().context(), plain.prompt().context());
            assertClose(negative(weighted).context(), negative(plain).context());
            assertThat(weighted.prompt().pooled().isPresent())
                    .isEqualTo(plain.prompt().pooled().isPresent());
            weighted.prompt()
                    .pooled()
                    .ifPresent(pooled ->
                            assertClose(pooled, plain.prompt().pooled().orElseThrow()));
        }
        assertThat(encode(xl, PromptSyntax.WEIGHTED, "a photo of a cat", "dog", 0)
                        .prompt()
                        .pooled())
                .isPresent();
    }

    @Test
    void aTextThatIsNoNumberIsRefused() {
        RowwiseModel model = new RowwiseModel();
        model.textOffset = Float.NaN;
        DevelopRequest request = CompanyTest.request(model, "a cat", 64, 64, "ddim", 2, 4, 1);

        assertThatThrownBy(() -> Preparation.prepare(request, step -> {}))
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("the encoded texts");
    }

    /** Stable Diffusion XL's two encoders each keep their own mean. */
    @Test
    void aWeightPullsATokensStatesAndTheMeanStays() {
        assertWeighed(sd15, 0, 64);
        int width = encode(xl, PromptSyntax.PLAIN, "cat", "", 0).prompt().context().length / ROW;
        assertWeighed(xl, 0, 64);
        assertWeighed(xl, 64, width);
    }

    private static void assertWeighed(LoadedModel model, int from, int to) {
        float[] plain =
                encode(model, PromptSyntax.PLAIN, "cat dog", "", 0).prompt().context();
        float[] weighted = encode(model, PromptSyntax.WEIGHTED, "cat (dog:1.6)", "", 0)
                .prompt()
                .context();
        int width = plain.length / ROW;
        double before = 0;
        double after = 0;
        for (int token = 0; token < ROW; token++) {
            for (int i = from; i < to; i++) {
                before += plain[token * width + i];
                after += plain[token * width + i] * (token == 2 ? 1.6f : 1);
            }
        }
        for (int token = 0; token < ROW; token++) {
            for (int i = from; i < to; i++) {
                double expected = plain[token * width + i] * (token == 2 ? 1.6f : 1) * before / after;
                assertThat((double) weighted[token * width + i])
                        .as("token %d, value %d", token, i)
                        .isCloseTo(expected, within(1e-4 * (1 + Math.abs(expected))));
            }
        }
    }

    @Test
    void aLongPromptIsItsRowsOneBehindTheOther() {
        String first = "cat ".repeat(75).strip();
        for (LoadedModel model : List.of(sd15, xl)) {
            Conditioning both = encode(model, PromptSyntax.WEIGHTED, first + " dog", "", 0);
            assertThat(both.tokens()).isEqualTo(2 * ROW);
            Conditioning one = encode(model, PromptSyntax.PLAIN, first, "", 0);
            Conditioning two = encode(model, PromptSyntax.PLAIN, "dog", "", 0);
            float[] context = both.prompt().context();
            assertClose(Arrays.copyOf(context, context.length / 2), one.prompt().context());
            assertClose(
                    Arrays.copyOfRange(context, context.length / 2, context.length),
                    two.prompt().context());
            both.prompt()
                    .pooled()
                    .ifPresent(
                            pooled -> assertClose(pooled, one.prompt().pooled().orElseThrow()));
        }
    }

    @Test
    void layersAreSkippedForBothTexts() {
        Conditioning skipped = encode(sd15, PromptSyntax.WEIGHTED, "cat", "dog", 1);
        assertClose(
                negative(skipped).context(),
                encode(sd15, PromptSyntax.PLAIN, "dog", "", 1).prompt().context());
    }

    @Test
    void anEmptyNegativePromptIsZerosWhereTheModelWantsThem() {
        assertThat(negative(encode(xl, PromptSyntax.WEIGHTED, "cat ".repeat(80), "", 0))
                        .context())
                .hasSize(encode(xl, PromptSyntax.WEIGHTED, "cat ".repeat(80), "", 0)
                        .prompt()
                        .context()
                        .length)
                .containsOnly(0);
    }

    @Test
    void textsOfDifferentLengthsAreRepeatedAndTheUnetSeesNoDifference() {
        String three = "cat BREAK dog BREAK bird";
        Conditioning even = encode(sd15, PromptSyntax.WEIGHTED, three, "blurry BREAK dark", 0);
        assertThat(even.tokens()).isEqualTo(6 * ROW);
        Conditioning alone = encode(sd15, PromptSyntax.WEIGHTED, three, three, 0);
        assertThat(alone.tokens()).isEqualTo(3 * ROW);

        Tensor expected = predict(alone.prompt().context(), 3 * ROW);
        Tensor actual = predict(even.prompt().context(), 6 * ROW);
        assertThat(error(actual.data(), expected.data())).isLessThan(CLOSE);
        assertThat(error(predict(negative(even).context(), 6 * ROW).data(), expected.data()))
                .as("another text is another prediction")
                .isGreaterThan(100 * CLOSE);
    }

    @Test
    void whereThatWouldBeTooLongTheShorterIsFilledUp() {
        String five = "cat BREAK ".repeat(4) + "cat";
        String seven = "dog BREAK ".repeat(6) + "dog";
        Conditioning filled = encode(sd15, PromptSyntax.WEIGHTED, five, seven, 0);
        assertThat(filled.tokens()).isEqualTo(7 * ROW);
        float[] empty = encode(sd15, PromptSyntax.WEIGHTED, "", "x", 0).prompt().context();
        float[] context = filled.prompt().context();
        assertClose(Arrays.copyOfRange(context, 6 * empty.length, 7 * empty.length), empty);
        assertThat(negative(filled).context()).hasSameSizeAs(context);
    }

    private static Tensor predict(float[] context, int tokens) {
        float[] latents = new float[4 * 8 * 8];
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (float) Math.sin(i);
        }
        UnetRows call = new UnetRows(
                new Tensor(latents, 1, 4, 8, 8),
                new float[] {500},
                new Tensor(context, 1, tokens, context.length / tokens),
                Optional.empty(),
                Optional.empty());
        return sd15.unet().predict(call, new Interruption());
    }

    private static Conditioning encode(
            LoadedModel model, PromptSyntax syntax, String prompt, String negative, int clipSkip) {
        return PromptEncoding.of(new DevelopRequest(
                model,
                prompt,
                negative,
                syntax,
                64,
                64,
                5,
                5,
                "ddim",
                Map.of(),
                7,
                Noise.TORCH_CPU,
                1,
                clipSkip,
                0,
                0));
    }

    private static Conditioning.Text negative(Conditioning conditioning) {
        return conditioning.negative().orElseThrow();
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        assertThat(error(actual, expected)).isLessThan(CLOSE);
    }

    private static double error(float[] actual, float[] expected) {
        double worst = 0;
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
            squares += expected[i] * expected[i];
        }
        return worst / Math.sqrt(squares / expected.length);
    }
}
