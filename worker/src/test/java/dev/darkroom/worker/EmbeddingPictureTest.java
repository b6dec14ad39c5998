package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.PngTexts;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of the demo model with words of textual inversions. */
class EmbeddingPictureTest {
    private static final String MODEL = "../deploy/models/shapes";

    @TempDir
    private Path folder;

    private String ink;
    private String grain;

    @BeforeEach
    void write() throws Exception {
        ink = DemoEmbedding.write(folder.resolve("Ink-x.safetensors"), 1).toString();
        grain = DemoEmbedding.write(folder.resolve("grain.safetensors"), 2).toString();
    }

    @Test
    void aPictureTellsTheEmbeddingsOfItsPromptsAsA1111Does() throws Exception {
        run(0, "both", "--prompt", "a (ink-x:1.2) ring", "--negative-prompt", "GRAIN", "--prompt-syntax", "weighted");
        String sha256 = Sha256.hex(Files.readAllBytes(Path.of(ink)));
        String other = Sha256.hex(Files.readAllBytes(Path.of(grain)));
        assertThat(texts("both").get("parameters"))
                .contains(", TI hashes: \"Ink-x: " + sha256.substring(0, 12) + ", grain: " + other.substring(0, 12)
                        + "\", RNG: CPU");
        assertThat(texts("both").get("darkroom"))
                .contains(",\"embedding_sha256\":{\"Ink-x\":\"" + sha256 + "\",\"grain\":\"" + other + "\"}");

        run(0, "one", "--prompt", "a ring of grain");
        assertThat(texts("one").get("parameters"))
                .contains("TI hashes: \"grain: ")
                .doesNotContain("Ink-x");
        run(0, "none", "--prompt", "a ring");
        assertThat(texts("none").get("parameters")).doesNotContain("TI hashes");
        assertThat(texts("none").get("darkroom")).doesNotContain("embedding");
    }

    @Test
    void itIsMadeAgainWithTheSameFilesOnly() throws Exception {
        run(0, "first", "--prompt", "a grain ring");
        Path picture = folder.resolve("first/0.png");
        run(0, "again", "--from", picture.toString());
        assertThat(folder.resolve("again/0.png")).hasSameBinaryContentAs(picture);

        DemoEmbedding.write(Path.of(grain), 3);
        assertThat(run(1, "other", "--from", picture.toString()))
                .contains("made with the embedding 'grain' with the SHA-256 '");
    }

    @Test
    void aBrokenOneOfTheCommandLineIsRefused() throws Exception {
        DemoEmbedding.notNumbers(Path.of(grain));
        assertThat(run(1, "out", "--prompt", "a ring")).contains(grain, "infinite, or none");
    }

    private Map<String, String> texts(String output) throws Exception {
        return PngTexts.read(new ByteArrayInputStream(Files.readAllBytes(folder.resolve(output + "/0.png"))));
    }

    /** What was said on the error stream. */
    private String run(int exitCode, String output, String... options) {
        List<String> arguments = new ArrayList<>(List.of("generate", "--model", MODEL, "--embedding", ink));
        arguments.addAll(List.of("--embedding", grain, "--seed", "7", "--num-inference-steps", "2"));
        arguments.addAll(List.of("--output", folder.resolve(output).toString()));
        arguments.addAll(List.of(options));
        CommandRun run = CommandRun.run(arguments.toArray(new String[0]));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        return run.err();
    }
}
