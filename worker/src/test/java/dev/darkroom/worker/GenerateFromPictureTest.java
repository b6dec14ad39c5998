package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PictureReader;
import dev.darkroom.worker.image.PngEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of the demo model that begin with a picture, from the command line. */
class GenerateFromPictureTest {
    private static final String MODEL = "../deploy/models/shapes";
    private static final int SIDE = 128;

    @TempDir
    private Path folder;

    private Path image;
    private Path mask;
    private Picture source;

    @BeforeEach
    void make() throws Exception {
        run("source", 0, "--prompt", "a red circle on a blue background", "--seed", "42");
        image = folder.resolve("source/0.png");
        source = PictureReader.read(Files.readAllBytes(image));
        byte[] white = new byte[3 * SIDE * SIDE];
        for (int i = 0; i < white.length; i++) {
            white[i] = (byte) (i / 3 % SIDE < SIDE / 2 ? 255 : 0);
        }
        mask = folder.resolve("left half.png");
        Files.write(mask, PngEncoder.encode(new Picture(SIDE, SIDE, white), Map.of()));
    }

    @Test
    void theStrengthSaysHowNearAPictureStays() throws Exception {
        double little = difference("0.2", 0, SIDE);
        double much = difference("0.9", 0, SIDE);
        assertThat(much).isGreaterThan(2 * little);
    }

    private double difference(String strength, int from, int to) throws Exception {
        Picture made = make("to-" + strength, "--image", image.toString(), "--strength", strength);
        return difference(made, from, to);
    }

    @Test
    void whatTheMaskLeavesOutStays() throws Exception {
        Picture made = make("masked", "--image", image.toString(), "--mask-image", mask.toString());
        double anew = difference(made, 0, SIDE / 2 - 8);
        double kept = difference(made, SIDE / 2 + 8, SIDE);
        assertThat(kept).isLessThan(12);
        assertThat(anew).isGreaterThan(3 * kept);
    }

    @Test
    void theSameBytesAreMadeAgainFromTheSameFiles() throws Exception {
        make("first", "--image", image.toString(), "--mask-image", mask.toString(), "--strength", "0.7");
        Path first = folder.resolve("first/0.png");
        String file = new String(Files.readAllBytes(first), StandardCharsets.ISO_8859_1);
        assertThat(file)
                .contains("Denoising strength: 0.7", "file-left_half.png", Sha256.hex(Files.readAllBytes(mask)));

        run("again", 0, "--from", first.toString(), "--image", image.toString(), "--mask-image", mask.toString());
        assertThat(folder.resolve("again/0.png")).hasSameBinaryContentAs(first);

        assertThat(run("none", 1, "--from", first.toString()))
                .contains("file-0.png", Sha256.hex(Files.readAllBytes(image)), "--image");
        assertThat(run("one", 1, "--from", first.toString(), "--image", image.toString()))
                .contains("--mask-image");
        assertThat(run("other", 1, "--from", first.toString(), "--image", mask.toString()))
                .contains("left half.png has " + Sha256.hex(Files.readAllBytes(mask)));
        assertThat(run("blank", 2, "--from", image.toString(), "--image", image.toString()))
                .contains("leave out --image");
    }

    @Test
    void whatIsOfAPictureNeedsOne() throws Exception {
        assertThat(run("a", 2, "--prompt", "x", "--strength", "0.5")).contains("--image");
        assertThat(run("b", 2, "--prompt", "x", "--mask-image", mask.toString()))
                .contains("--image");
        assertThat(run("c", 1, "--prompt", "x", "--image", "no/such.png")).contains("no/such.png");
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        assertThat(run("d", 1, "--prompt", "x", "--image", text.toString())).contains("text.png", "PNG and JPEG");
    }

    private Picture make(String output, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "--prompt",
                "a green square on a yellow background",
                "--seed",
                "7",
                "--guidance-scale",
                "4",
                "--scheduler",
                "ddim",
                "--num-inference-steps",
                "20"));
        all.addAll(List.of(options));
        run(output, 0, all.toArray(new String[0]));
        return PictureReader.read(Files.readAllBytes(folder.resolve(output + "/0.png")));
    }

    /** What was said on the error stream. */
    private String run(String output, int exitCode, String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate", "--model", MODEL, "--output", folder.resolve(output).toString()));
        arguments.addAll(List.of(options));
        CommandRun run = CommandRun.run(arguments.toArray(new String[0]));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        return run.err();
    }

    /** The mean difference to the source's values, between two columns. */
    private double difference(Picture made, int from, int to) {
        assertThat(made.width()).isEqualTo(SIDE);
        long sum = 0;
        int count = 0;
        for (int i = 0; i < made.rgb().length; i++) {
            int column = i / 3 % SIDE;
            if (column >= from && column < to) {
                sum += Math.abs((made.rgb()[i] & 0xff) - (source.rgb()[i] & 0xff));
                count++;
            }
        }
        return (double) sum / count;
    }
}
