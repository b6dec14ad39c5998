package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of its two files names a tokenizer's padding. */
class TokenizerFilesTest {
    private static final Path DEMO = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes/tokenizer");
    private static final ClipTextConfig ENCODER =
            new ClipTextConfig(1000, 77, 128, 512, 2, 2, Activation.QUICK_GELU, 1e-5f);

    private static final int BANG = 0;
    private static final int END = 695;

    @TempDir
    private Path folder;

    @BeforeEach
    void copyTheDemoModelsVocabulary() throws IOException {
        for (String name : List.of("vocab.json", "merges.txt")) {
            Files.write(folder.resolve(name), Files.readAllBytes(DEMO.resolve(name)));
        }
    }

    @ParameterizedTest
    @CsvSource({"QUICK_GELU, 49407", "GELU, 0"})
    void aFolderWithoutAVocabularyHasClipsOwn(Activation activation, int padding) throws Exception {
        Path empty = folder.resolve("absent");
        ClipTextConfig encoder = new ClipTextConfig(ClipVocabulary.SIZE, 77, 128, 512, 2, 2, activation, 1e-5f);
        int[] tokens = TokenizerFiles.read(empty, encoder).padded("a photo of a cat");
        assertThat(Arrays.copyOf(tokens, 8)).containsExactly(49406, 320, 1125, 539, 320, 2368, 49407, padding);
    }

    @Test
    void aFolderWithoutAVocabularyForAnEncoderWithAnotherOneIsRefused() {
        assertThatThrownBy(() -> TokenizerFiles.read(folder.resolve("absent"), ENCODER))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("vocab.json is missing");
    }

    @Test
    void theMapOverridesAConfigurationWithoutAddedTokens() throws Exception {
        config("{\"pad_token\": \"<|endoftext|>\"}");
        map("{\"pad_token\": \"!\"}");
        assertThat(padding(folder)).isEqualTo(BANG);
    }

    @Test
    void aConfigurationWithAddedTokensOverridesTheMap() throws Exception {
        config("""
                {"added_tokens_decoder": {"0": {"content": "!", "special": true}},
                 "pad_token": {"content": "!", "lstrip": false}}
                """);
        map("{\"pad_token\": \"<|endoftext|>\"}");
        assertThat(padding(folder)).isEqualTo(BANG);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            {"pad_token": "!"}                             ; {}                              ; 0
            {}                                             ; {"pad_token": "!"}              ; 0
            {"pad_token": "!", "added_tokens_decoder": {}} ; {}                              ; 0
            {"added_tokens_decoder": {}}                   ; {"pad_token": "!"}              ; 0
            {"pad_token": "!"}                             ; {"pad_token": "<|endoftext|>"}  ; 695
            {}                                             ; {}                              ; 695
            """)
    void aSilentFileLeavesItToTheOther(String config, String map, int padding) throws Exception {
        config(config);
        map(map);
        assertThat(padding(folder)).isEqualTo(padding);
    }

    @Test
    void withoutEitherFileTheTokensAreThoseOfClip() throws Exception {
        assertThat(padding(folder)).isEqualTo(END);
    }

    @Test
    void theDemoModelPadsWithItsEnd() throws Exception {
        assertThat(padding(DEMO)).isEqualTo(END);
    }

    @Test
    void aTokenThatIsNoTextIsRefusedWithItsFile() throws Exception {
        map("{\"pad_token\": 0}");
        assertThatThrownBy(() -> padding(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("special_tokens_map.json", "pad_token");
    }

    private static int padding(Path tokenizer) throws ModelException {
        return TokenizerFiles.read(tokenizer, ENCODER).padded("")[76];
    }

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    private void map(String json) throws IOException {
        Files.writeString(folder.resolve("special_tokens_map.json"), json);
    }
}
