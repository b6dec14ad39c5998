package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a picture's file says is anybody's text, and a terminal would obey some of it. */
class RecordedPictureTest {
    private MadePicture.Weights weights;

    @BeforeEach
    void load() throws Exception {
        LoadedModel model = new InstantModel.Loader(Duration.ZERO).load(ModelFiles.of("shapes", Path.of("none")));
        weights = new MadePicture.Weights(Path.of("none"), Optional.empty(), model);
    }

    private static String text(String more) {
        return "{\"prompt\":\"a secret\",\"model\":\"shapes\",\"seed\":1," + more + "}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'model_sha256':'!'",
                "'model_sha256':'0','lora_sha256':{'!':'1'}",
                "'model_sha256':'0','lora_sha256':{'ink':'!'}",
                "'model_sha256':'0','embedding_sha256':{'!':'1'}",
                "'model_sha256':'0','embedding_sha256':{'ink':'!'}"
            })
    void nothingInItReachesATerminalAsItIs(String more) throws Exception {
        String hostile = more.replace('\'', '"')
                .replace("\"0\"", "\"" + "0".repeat(64) + "\"")
                .replace("!", "\\u001b[2J" + "x".repeat(100));
        RecordedPicture picture = RecordedPicture.of(text(hostile));
        assertThatThrownBy(() -> picture.check(weights, told -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .satisfies(message -> assertThat(message.chars()).noneMatch(Character::isISOControl))
                .contains("\\u001b[2J")
                .hasSizeLessThan(500)
                .doesNotContain("secret");
    }
}
