package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.text.TokenRows;
import dev.darkroom.worker.diffusion.text.WeightedPrompt;
import dev.darkroom.worker.model.EmbeddingFile;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.UnusableEmbedding;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts with words of textual inversions are encoded as diffusers encodes them; {@code recipe.py.txt} made the vectors. */
class EmbeddingParityTest {
    private static final String RESOURCES = "/model/embeddings/";
    private static final double TEXT = 2e-5;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        for (String id : List.of("tiny-sd15", "tiny-sdxl")) {
            FormulaCheckpoint.of(id).write(folder.resolve(id), DataType.F32);
        }
    }

    @Test
    void wordsOfOneVectorAndOfSeveralAreWhatTheyAreInDiffusers() throws Exception {
        Golden golden = golden("tiny-sd15");
        try (LoadedModel model = load("tiny-sd15", embedding("style-x"), embedding("cat-toy"), embedding("xl-style"))) {
            check(golden, "none.context", context(model, "a photo of a cat"));
            check(golden, "0.context", context(model, "a photo of <cat-toy>, red"));
            check(golden, "1.context", context(model, "style-x and <Cat-Toy> style-x!"));
            assertThat(context(model, "STYLE-X").data())
                    .isEqualTo(context(model, "style-x").data());
        }
    }

    @Test
    void bothEncodersOfXlKnowTheWordAndThePooledTextIsAtItsEnd() throws Exception {
        Golden golden = golden("tiny-sdxl");
        EmbeddingFile style = new EmbeddingFile("any", resource("xl-style"), Optional.empty(), Optional.of("<xl>"));
        try (LoadedModel model = load("tiny-sdxl", style, embedding("style-x"))) {
            for (String[] text : List.of(new String[] {"none", "a photo of a cat"}, new String[] {"0", "a <xl> cat"})) {
                TextEncoding encoded = model.encode(List.of(text[1]), 0);
                check(golden, text[0] + ".context", encoded.context());
                check(golden, text[0] + ".pooled", encoded.pooled().orElseThrow());
            }
        }
    }

    @Test
    void wordsMayBeWeighed() throws Exception {
        try (LoadedModel model = load("tiny-sd15", embedding("style-x"), embedding("cat-toy"))) {
            Tensor even = weighted(model, "a photo of <cat-toy>, red");
            assertThat(even.data())
                    .isEqualTo(context(model, "a photo of <cat-toy>, red").data());
            assertThat(weighted(model, "a photo of (<cat-toy>:1.3), red").data())
                    .isNotEqualTo(even.data());
        }
    }

    @Test
    void aWordWithTheVectorOfATokenIsThatToken() throws Exception {
        SafetensorsFile weights = SafetensorsFile.open(folder.resolve("tiny-sd15/text_encoder/model.safetensors"));
        float[] table = weights.floats("text_model.embeddings.token_embedding.weight");
        try (LoadedModel plain = load("tiny-sd15")) {
            int[] ids = plain.tokenizer().encode("red cat");
            Path file = folder.resolve("twin.safetensors");
            write(file, "emb_params", table, ids[1], ids[2]);
            try (LoadedModel model =
                    load("tiny-sd15", new EmbeddingFile("twin", file, Optional.empty(), Optional.empty()))) {
                assertThat(context(model, "a twin!").data())
                        .isEqualTo(context(plain, "a red cat!").data());
            }
        }
    }

    @Test
    void whatIsNoEmbeddingOrDoesNotFitIsAWordThatCannotBeUsed() throws Exception {
        Path broken = folder.resolve("broken.safetensors");
        float[] nan = new float[64];
        Arrays.fill(nan, Float.NaN);
        write(broken, "emb_params", nan, 0);
        Path absent = folder.resolve("absent.safetensors");
        EmbeddingFile said =
                new EmbeddingFile("x", resource("xl-style"), Optional.of(ModelFamily.SD1), Optional.empty());
        EmbeddingFile same = new EmbeddingFile("Style-X", broken, Optional.empty(), Optional.empty());
        try (LoadedModel plain = load("tiny-sd15", embedding("style-x"));
                LoadedModel model = load(
                        "tiny-sd15",
                        said,
                        new EmbeddingFile("y", broken, Optional.empty(), Optional.of("Word")),
                        embedding("style-x"),
                        new EmbeddingFile("gone", absent, Optional.empty(), Optional.empty()),
                        same)) {
            assertThat(model.unusableEmbeddings())
                    .extracting(UnusableEmbedding::word)
                    .as("a whole one keeps its word")
                    .containsExactly("x", "Word", "gone");
            assertThat(model.unusableEmbeddings().get(0).why()).contains("Embedding x", "does not fit");
            assertThat(model.unusableEmbeddings().get(1).why())
                    .contains("Embedding y", broken.toString(), "infinite, or none");
            assertThat(model.unusableEmbeddings().get(2).why()).contains(absent.toString());
            for (UnusableEmbedding word : model.unusableEmbeddings()) {
                assertThat(model.tokenizer().encode("a " + word.word().toUpperCase(Locale.ROOT)))
                        .contains(word.token());
                assertThatThrownBy(() -> context(model, "a " + word.word()))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(context(model, "a style-x cat").data())
                    .isEqualTo(context(plain, "a style-x cat").data());
        }
    }

    @Test
    void aWordOfTwoIsNobodys() throws Exception {
        EmbeddingFile other = new EmbeddingFile("z", resource("cat-toy"), Optional.empty(), Optional.of("style-x"));
        EmbeddingFile third = new EmbeddingFile("z3", resource("cat-toy"), Optional.empty(), Optional.of("STYLE-x"));
        try (LoadedModel model = load("tiny-sd15", embedding("style-x"), other, third)) {
            assertThat(model.embeddings()).isEmpty();
            assertThat(model.unusableEmbeddings())
                    .singleElement()
                    .satisfies(word -> assertThat(word.why()).contains("Two embeddings", "style-x", "z"))
                    .satisfies(word ->
                            assertThat(model.tokenizer().encode("style-x")).containsSubsequence(word.token()));
        }
    }

    private static void write(Path file, String name, float[] table, int... rows) throws IOException {
        List<SafetensorsWriter.Spec> specs =
                List.of(new SafetensorsWriter.Spec(name, DataType.F32, List.of((long) rows.length, 64L)));
        SafetensorsWriter.write(file, specs, (spec, first, target) -> {
            for (int i = (int) first; target.hasRemaining(); i++) {
                target.putFloat(table[rows[i / 64] * 64 + i % 64]);
            }
        });
    }

    private static LoadedModel load(String id, EmbeddingFile... embeddings) throws ModelException {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START))
                .load(ModelFiles.of(id, folder.resolve(id)).knowing(List.of(embeddings)));
    }

    private static EmbeddingFile embedding(String name) throws Exception {
        return new EmbeddingFile(name, resource(name), Optional.empty(), Optional.empty());
    }

    private static Path resource(String name) throws Exception {
        String resource = RESOURCES + name + ".safetensors";
        return Path.of(Objects.requireNonNull(EmbeddingParityTest.class.getResource(resource), resource)
                .toURI());
    }

    private static Golden golden(String id) throws Exception {
        return Golden.at(resource(id + "-embeddings"));
    }

    private static Tensor context(LoadedModel model, String text) {
        return model.encode(List.of(text), 0).context();
    }

    private static Tensor weighted(LoadedModel model, String text) {
        return model.encode(tokenizer -> TokenRows.weighted(tokenizer, WeightedPrompt.parse(text)), 0)
                .context();
    }

    private static void check(Golden golden, String name, Tensor actual) throws IOException {
        double error = Golden.error(actual, golden.tensor(name));
        assertThat(error).isLessThanOrEqualTo(TEXT);
    }
}
