package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A picture's file is enough to make it again. */
class GenerateAgainTest {
    private static final String MODEL = "../deploy/models/shapes";

    @TempDir
    private Path folder;

    private Path first;

    @BeforeEach
    void make() {
        first = folder.resolve("first");
        assertRuns(
                first,
                "--prompt",
                "a (red:1.2) circle, \"on\" blue",
                "--negative-prompt",
                "green",
                "--prompt-syntax",
                "weighted",
                "--seed",
                "11",
                "--num-images",
                "3",
                "--num-inference-steps",
                "3",
                "--scheduler",
                "euler_a",
                "--guidance-scale",
                "3.7",
                "--eta",
                "0.3",
                "--guidance-rescale",
                "0.2",
                "--guidance-start",
                "0.1",
                "--guidance-end",
                "0.7",
                "--cache-interval",
                "2",
                "--clip-skip",
                "1",
                "--width",
                "64",
                "--height",
                "96");
    }

    @Test
    void theSameBytesAreMadeAgain() {
        Path second = folder.resolve("second");
        assertRuns(second, "--from", first.resolve("2.png").toString());
        for (String name : List.of("0.png", "1.png", "2.png")) {
            assertThat(second.resolve(name)).hasSameBinaryContentAs(first.resolve(name));
        }
    }

    @Test
    void otherOptionsChangeIt() throws IOException {
        Path second = folder.resolve("second");
        assertRuns(second, "--from", first.resolve("0.png").toString(), "--seed", "12", "--num-images", "1");
        assertThat(second).isDirectoryContaining(file -> file.endsWith("0.png"));
        assertThat(second.resolve("1.png")).doesNotExist();
        assertThat(Files.readAllBytes(second.resolve("0.png")))
                .isNotEqualTo(Files.readAllBytes(first.resolve("0.png")));

        CommandRun run = run(second, "--from", first.resolve("0.png").toString(), "--prompt", "a green ring");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--prompt");
    }

    @Test
    void anotherModelIsRefused() throws IOException {
        String text = "{\"prompt\":\"x\",\"model\":\"theirs\",\"seed\":1,\"image\":0,\"model_sha256\":\""
                + "0".repeat(64) + "\",\"version\":\"1\"}";
        assertRefused(text, "theirs", "0000", "shapes");
    }

    @Test
    void aFileThatDoesNotSayHowItWasMadeIsRefused() throws IOException {
        assertRefused("no json: a secret prompt", "no JSON");
        assertRefused("[]", "prompt: required");
        assertRefused("{\"prompt\":7,\"model\":\"m\"}", "prompt: must be a string");
        Path other = folder.resolve("other.png");
        Files.write(other, PngEncoder.encode(Picture.fromVae(new float[3 * 8 * 8], 8, 8), Map.of("parameters", "x")));
        CommandRun run = run(folder, "--from", other.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("other.png", "not A1111's", "Steps: ");
        assertThat(run(folder, "--from", "no/such.png").err()).contains("no/such.png");
    }

    private void assertRefused(String text, String... reasons) throws IOException {
        Path file = folder.resolve("made-up.png");
        Files.write(file, PngEncoder.encode(Picture.fromVae(new float[3 * 8 * 8], 8, 8), Map.of("darkroom", text)));
        CommandRun run = run(folder.resolve("out"), "--from", file.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(reasons).doesNotContain("\tat ").doesNotContain("secret");
    }

    private static void assertRuns(Path output, String... options) {
        CommandRun run = run(output, options);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static CommandRun run(Path output, String... options) {
        List<String> arguments = new ArrayList<>(List.of("generate", "--model", MODEL, "--output", output.toString()));
        arguments.addAll(List.of(options));
        return CommandRun.run(arguments.toArray(new String[0]));
    }
}
