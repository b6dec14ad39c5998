package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Shards;
import dev.darkroom.worker.model.SparseSafetensors;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of weights in a folder: plain, variants, shards; and lists of shards that say what is not so. */
class WeightFilesTest {
    private static final String NAME = "model.safetensors";
    private static final String LIST = "model.safetensors.index.json";

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void resolveLinks() throws IOException {
        folder = temporary.toRealPath();
    }

    @Test
    void onePlainFileIsTakenBeforeAllElse() throws Exception {
        write(NAME, DataType.F32, "a", "b", "c");
        write("model.fp16.safetensors", DataType.F16, "a", "b", "c");
        Files.writeString(folder.resolve(LIST), "broken");
        assertThat(WeightFiles.open(folder, NAME).files()).containsExactly(folder.resolve(NAME));
    }

    @ParameterizedTest
    @CsvSource({
        "model, model.safetensors.index.json",
        "model.fp16, model.safetensors.index.fp16.json",
        "model.fp16, model.safetensors.fp16.index.json",
        "model.bf16, model.safetensors.index.bf16.json"
    })
    void shardsAreOneSource(String stem, String list) throws Exception {
        List<Path> shards = Shards.split(write(NAME, DataType.F32, "a", "b", "c"), 2, stem, list);
        SafetensorsSource source = WeightFiles.open(folder, NAME);
        assertThat(source.files()).isEqualTo(shards);
        assertThat(source.folder()).isEqualTo(folder);
        assertThat(source.require("a", 2).file()).isEqualTo(stem + "-00001-of-00002.safetensors");
        assertThat(source.require("b", 2).file()).isEqualTo(stem + "-00002-of-00002.safetensors");
        assertThat(source.has("c")).isTrue();
        assertThatThrownBy(() -> source.require("d", 2))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(shards.get(0).toString(), "no tensor d");
        assertThatThrownBy(() -> source.require("b", 3))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(shards.get(1).toString(), "[2]", "[3]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp16", "bf16"})
    void aVariantIsTakenWhereThereIsNoPlainFile(String variant) throws Exception {
        Path file = write("model." + variant + ".safetensors", DataType.F16, "a");
        assertThat(WeightFiles.open(folder, NAME).files()).containsExactly(file);
    }

    @Test
    void plainShardsAreTakenBeforeAVariant() throws Exception {
        List<Path> shards = Shards.split(write(NAME, DataType.F32, "a", "b"), 2, "model", LIST);
        write("model.fp16.safetensors", DataType.F16, "a", "b");
        assertThat(WeightFiles.open(folder, NAME).files()).isEqualTo(shards);
    }

    @Test
    void filesThatLinksSpreadOverFoldersHaveACommonOne() throws Exception {
        List<Path> shards = Shards.split(write(NAME, DataType.F32, "a", "b"), 2, "model", LIST);
        for (int i = 0; i < 2; i++) {
            Path elsewhere = Files.createDirectories(folder.resolve("disk" + i)).resolve("blob");
            Files.move(shards.get(i), elsewhere);
            Files.createSymbolicLink(shards.get(i), elsewhere);
        }
        SafetensorsSource source = WeightFiles.open(folder, NAME);
        assertThat(source.folder()).isEqualTo(folder);
        assertThat(source.require("a", 2).file()).isEqualTo("disk0/blob");
        assertThat(source.require("b", 2).file()).isEqualTo("disk1/blob");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../other.safetensors",
                "..\\\\other.safetensors",
                "/other.safetensors",
                "sub/other.safetensors",
                "C:other.safetensors",
                "..safetensors",
                "\\u0000.safetensors",
                ""
            })
    void aShardElsewhereIsRefused(String shard) throws Exception {
        write("other.safetensors", DataType.F32, "a");
        list("{\"weight_map\": {\"a\": \"" + shard + "\"}}");
        assertRefused(LIST, "names a file that");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                             | weight_map",
                "[]                                             | JSON object",
                "null                                           | JSON object",
                "{\"weight_map\": {}}                           | weight_map",
                "{\"weight_map\": [\"a\"]}                      | weight_map",
                "{\"weight_map\": {\"a\": 1}}                   | names no file for the tensor a",
                "{\"weight_map\": {\"a\": null}}                | names no file for the tensor a",
                "{\"weight_map\": {\"a\": \"model.bin\"}}       | is not a .safetensors",
                "{\"weight_map\": {\"a\": \"no.safetensors\"}}  | no.safetensors is missing",
                "{\"weight_map\": {\"z\": \"one.safetensors\"}} | tensor z is in one.safetensors, where it is not",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"a\": \"two.safetensors\"}} | uplicate",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}} | has the tensor a, as has another",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"three.safetensors\"}} | where it is not",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"cut.safetensors\"}} | cut.safetensors"
            })
    void aListThatSaysWhatIsNotSoIsRefused(String json, String problem) throws Exception {
        write("one.safetensors", DataType.F32, "a");
        write("two.safetensors", DataType.F32, "a", "b");
        write("three.safetensors", DataType.F32, "c");
        Files.write(folder.resolve("cut.safetensors"), new byte[12]);
        list(json);
        assertRefused(problem);
    }

    @Test
    void aListOfMoreThan16MebibytesIsRefused() throws Exception {
        list("{\"weight_map\": {\"a\": \"one.safetensors\"}}" + " ".repeat(16 << 20));
        assertRefused(LIST, "larger than");
    }

    @Test
    void aListOfThousandsOfFilesIsRefused() throws Exception {
        StringBuilder json = new StringBuilder("{\"weight_map\": {");
        for (int i = 0; i <= 1000; i++) {
            json.append(i == 0 ? "" : ",").append("\"" + i + "\": \"" + i + ".safetensors\"");
        }
        list(json + "}}");
        assertRefused(LIST, "more than 1000 files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.ckpt", "model.pt"})
    void weightsInAPickleAloneAreRefusedWithAdvice(String pickle) throws Exception {
        Files.write(folder.resolve(pickle), new byte[100]);
        assertThatThrownBy(() -> WeightFiles.open(folder, NAME))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll(NAME + " is missing", pickle, "pickle", "convert it");
    }

    /** It is another set of weights, which diffusers, too, takes only when it is asked to. */
    @Test
    void aVariantThatMeansSomethingElseIsNotTaken() throws Exception {
        write("model.non_ema.safetensors", DataType.F32, "a");
        Files.write(folder.resolve("pytorch_model.bin"), new byte[100]);
        assertRefused(NAME + " is missing", "model.non_ema.safetensors");
    }

    @Test
    void aLinkToNothingIsNamedAsSuch() throws Exception {
        Files.createSymbolicLink(folder.resolve(NAME), folder.resolve("blobs/0123"));
        assertRefused(NAME + " is a link to a file that is not there");
    }

    @Test
    void aLinkToItselfIsNamed() throws Exception {
        Files.createSymbolicLink(folder.resolve(NAME), folder.resolve(NAME));
        assertRefused(NAME);
    }

    @Test
    void aFolderWithTheNameOfAFileIsNamed() throws Exception {
        Files.createDirectory(folder.resolve(NAME));
        assertRefused(NAME, "cannot be read");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> WeightFiles.open(folder.resolve("unet"), NAME))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(folder.resolve("unet").resolve(NAME) + " is missing");
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> WeightFiles.open(folder, NAME))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContainingAll(parts);
    }

    private void list(String json) throws IOException {
        Files.writeString(folder.resolve(LIST), json);
    }

    private Path write(String name, DataType type, String... tensors) throws IOException {
        Path file = folder.resolve(name);
        SparseSafetensors.write(
                file,
                List.of(tensors).stream()
                        .map(tensor -> new Spec(tensor, type, List.of(2L)))
                        .toList());
        return file;
    }
}
