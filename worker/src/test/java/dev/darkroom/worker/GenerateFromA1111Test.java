package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import dev.darkroom.worker.image.PngTexts;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A picture of A1111's web UI is enough for the same picture of Darkroom's. */
class GenerateFromA1111Test {
    private static final Path MODEL = Path.of("../deploy/models/shapes");
    private static final int HEADER_END = 33; // of a PNG: signature and first chunk

    @TempDir
    private Path folder;

    private static String values(String more) {
        return "Steps: 3, Sampler: Euler a, Schedule type: Automatic, CFG scale: 3.5, Seed: 11, Size: 64x96, Clip skip: 2"
                + more;
    }

    @Test
    void itComesToTheJobThatSaysTheSame() throws Exception {
        Path text = write("a (red:1.3) ring\nNegative prompt: gr\u00fcn\n" + values(", Version: v1.9.4"));
        assertThat(run(0, "from", "--from", text.toString())).isEmpty();
        run(
                0,
                "same",
                "--prompt=a (red:1.3) ring",
                "--negative-prompt=gr\u00fcn",
                "--prompt-syntax=weighted",
                "--noise=cuda-philox",
                "--scheduler=euler_a",
                "--num-inference-steps=3",
                "--guidance-scale=3.5",
                "--seed=11",
                "--width=64",
                "--height=96",
                "--clip-skip=1");
        Path made = folder.resolve("same/0.png");
        assertThat(folder.resolve("from/0.png")).hasSameBinaryContentAs(made);
        String told = PngTexts.read(new ByteArrayInputStream(Files.readAllBytes(made)))
                .get("parameters");
        assertThat(A1111Text.parse(told))
                .satisfies(same -> assertThat(same.negativePrompt()).isEqualTo("gr\u00fcn"))
                .satisfies(same -> assertThat(same.values()).containsEntry("Size", "64x96"));

        Path international = folder.resolve("international.png");
        Files.write(international, PngEncoder.encode(pixels(), Map.of("parameters", "ein \u661f\n" + values(""))));
        run(0, "other", "--from", international.toString(), "--seed", "12");
        assertThat(folder.resolve("other/0.png")).exists();
    }

    @Test
    void differencesOfItsFilesAreTold() throws Exception {
        Path ink = DemoLora.write(folder.resolve("ink.safetensors"), 1);
        Path word = DemoEmbedding.write(folder.resolve("Toy.safetensors"), 1);
        String wrong = ", Model hash: 0123456789, Model: other, VAE hash: 9876543210, VAE: fine.pt,"
                + " Lora hashes: \"ink: 000000000000\", TI hashes: \"toy: 111111111111, gone: 222222222222\"";
        Path picture = write("a toy ring <lora:ink:0.5>\n" + values(wrong));
        String said =
                run(0, "a", "--from", picture.toString(), "--lora", ink.toString(), "--embedding", word.toString());
        assertThat(said.lines())
                .anySatisfy(line -> assertThat(line).contains("'other'", "'0123456789'", "cannot be told"))
                .anySatisfy(line -> assertThat(line).contains("'fine.pt'", "--vae"))
                .anySatisfy(line -> assertThat(line).contains("LoRA 'ink'", "'000000000000'", "it has"))
                .anySatisfy(line -> assertThat(line).contains("embedding 'toy'", "'111111111111'", "it has"))
                .anySatisfy(line -> assertThat(line).contains("embedding 'gone'", "there is none"))
                .hasSize(5);

        String right =
                ", TI hashes: \"toy: " + Sha256.hex(Files.readAllBytes(word)).substring(0, 12) + "\"";
        Path same = write("a toy ring\n" + values(right));
        assertThat(run(0, "b", "--from", same.toString(), "--embedding", word.toString()))
                .isEmpty();
    }

    /** The demo model is a folder; whether a file is the same can be told. */
    @Test
    void theHashOfAFileIsCompared() throws Exception {
        RuntimeOptions options = new RuntimeOptions(RuntimeOptions.Device.CPU, 1, RuntimeOptions.Memory.FAST_START);
        try (LoadedModel loaded = new OnnxModelLoader(options).load(ModelFiles.of("shapes", MODEL))) {
            Path file = MODEL.resolve("unet/diffusion_pytorch_model.safetensors");
            MadePicture.Weights weights = new MadePicture.Weights(file, Optional.of(file), loaded);
            String hash = Sha256.hex(Files.readAllBytes(file)).substring(0, 10);
            assertThat(told("Model hash: " + hash + ", VAE hash: " + hash, weights))
                    .isEmpty();
            assertThat(told("Model hash: 0123456789, VAE hash: 0123456789", weights))
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("'0123456789'", file + " has " + hash));
            assertThat(told("Model hash: 81761151", weights))
                    .singleElement()
                    .asString()
                    .contains("cannot be told");
        }
    }

    private static List<String> told(String more, MadePicture.Weights weights) throws Exception {
        List<String> told = new ArrayList<>();
        A1111Picture.of("a\n" + values(", " + more)).check(weights, told::add);
        return told;
    }

    @Test
    void aPictureThatBeganWithOneNeedsItsFile() throws Exception {
        Path picture = write("a ring\n" + values(", Denoising strength: 0.7"));
        assertThat(run(1, "a", "--from", picture.toString())).contains("--image");
        Path image = folder.resolve("image.png");
        Files.write(image, PngEncoder.encode(pixels(), Map.of()));
        run(0, "b", "--from", picture.toString(), "--image", image.toString());
        assertThat(new String(Files.readAllBytes(folder.resolve("b/0.png")), StandardCharsets.ISO_8859_1))
                .contains("Denoising strength: 0.7");
        Path without = write("a ring\n" + values(""));
        assertThat(run(2, "c", "--from", without.toString(), "--image", image.toString()))
                .contains("leave out --image");
    }

    @Test
    void whatCannotBeMadeAgainIsSaid() throws Exception {
        assertThat(run(
                        1,
                        "a",
                        "--from",
                        write("a secret ring\n" + values(", Hires upscale: 2")).toString()))
                .contains("a1111.png cannot be made again", "'Hires upscale'")
                .doesNotContain("secret")
                .doesNotContain("\tat ");
        Path none = folder.resolve("none.png");
        Files.write(none, PngEncoder.encode(pixels(), Map.of("Comment", "x")));
        assertThat(run(1, "b", "--from", none.toString())).contains("neither a text 'darkroom' nor one 'parameters'");
    }

    private static Picture pixels() {
        return Picture.fromVae(new float[3 * 64 * 96], 64, 96);
    }

    /** As A1111 writes it: in a tEXt chunk, which is Latin-1. */
    private Path write(String text) throws Exception {
        byte[] png = PngEncoder.encode(pixels(), Map.of());
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes("tEXtparameters\0".getBytes(StandardCharsets.US_ASCII));
        Charset latin = StandardCharsets.ISO_8859_1;
        data.writeBytes(text.getBytes(latin));
        CRC32 checksum = new CRC32();
        checksum.update(data.toByteArray());
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(png, 0, HEADER_END);
        file.writeBytes(ByteBuffer.allocate(4).putInt(data.size() - 4).array());
        file.writeBytes(data.toByteArray());
        file.writeBytes(ByteBuffer.allocate(4).putInt((int) checksum.getValue()).array());
        file.write(png, HEADER_END, png.length - HEADER_END);
        return Files.write(folder.resolve("a1111.png"), file.toByteArray());
    }

    /** What was said on the error stream. */
    private String run(int exitCode, String output, String... options) {
        List<String> arguments = new ArrayList<>(List.of("generate", "--model", MODEL.toString()));
        arguments.addAll(List.of("--output", folder.resolve(output).toString()));
        arguments.addAll(List.of(options));
        CommandRun run = CommandRun.run(arguments.toArray(new String[0]));
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        return run.err();
    }
}
