package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands that need neither broker nor bucket, as a shell runs them: exit codes, and what they print. */
@ResourceLock(Resources.SYSTEM_OUT)
class CommandLineTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // for the schedulers' settings in expected.json
            .build();
    private static final Path EXPECTED = Path.of("src/test/resources/shapes");
    private static final String MODEL = TestStack.MODELS.resolve("shapes").toString();

    @TempDir
    private Path folder;

    static Stream<String> commands() {
        return Main.commandLine().getSubcommands().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItself(String command) {
        CommandRun help = CommandRun.run(command, "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("Usage: darkroom " + command).contains("--help");
        assertThat(help.err()).isEmpty();
    }

    @Test
    void theHelpNamesEveryCommand() {
        CommandRun help = CommandRun.run("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains(commands().toList());
        assertThat(CommandRun.run("--version").out()).startsWith("darkroom ");
    }

    /** The exporter keeps in memory what is known of them. */
    @ParameterizedTest
    @MethodSource("commands")
    void aCommandIsReadWithoutTheOthers(String command) {
        assertThat(Main.commandLine(command, "--help").getSubcommands()).containsOnlyKeys(command);
        assertThat(Main.commandLine("no-such-" + command).getSubcommands()).containsKey(command);
    }

    @ParameterizedTest
    @CsvSource({
        "'', Usage: darkroom",
        "wrok, wrok",
        "generate, Usage: darkroom generate",
        "generate --model x, --prompt",
        "submit --prompt x --colour red, --colour",
        "submit --prompt x --timeout soon, --timeout",
        "watch, JOB_ID",
        "cancel, JOB_ID",
        "cancel a/b, id: must be",
        "cancel a --wait soon, --wait",
        "bench, --synthetic",
        "bench --model x --synthetic sd15, one of",
        "bench --jobs 3 --model x --synthetic sd15, exclude each other",
        "bench --jobs 3 --synthetic sd15 --slots 65, slots: must be 0-64",
        "bench --jobs 3 --weights F16, --weights says nothing without --synthetic",
        "bench --model x --folder y, --folder says nothing without --synthetic",
        "bench --jobs 3 --batch 2, --batch and --jobs exclude each other",
        "bench --model x --slots 2, --jobs",
        "bench --jobs 0, --jobs must be 1",
        "bench --jobs 1 --steps 0, num_inference_steps",
        "bench --jobs 3 --arrivals often, neither all nor poisson:R",
        "bench --jobs 1 --seed -1, --seed must be 0 or more",
        "bench --jobs 1 --seed 9223372036854775808, --seed",
        "bench --jobs 1 --timeout PT0.9S, --timeout must be PT1S to P7D",
        "bench --jobs 1 --timeout P365000000000D, --timeout must be PT1S to P7D",
        "bench --jobs 1 --bucket-latency -1, must be 0 to 10000 milliseconds",
        "bench --jobs 1 --bucket-latency 10001, must be 0 to 10000 milliseconds",
        "bench --jobs 1 --bucket-latency PT1S, must be 0 to 10000 milliseconds",
        "bench --jobs 3 --slots -1 --model no/such, slots: must be 0-64",
        "bench --jobs 3 --slots 65 --model .., slots: must be 0-64",
        "bench --jobs 3 --slots many --model .., slots: must be"
    })
    void wrongUseIsExitCodeTwoAndNamesItself(String line, String named) {
        CommandRun run = CommandRun.run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(named).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aWrongSettingIsExitCodeTwoAndNamed() {
        CommandRun run = CommandRun.run("config", "--set", "s3.buckt=x");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("s3.buckt", "s3.bucket").doesNotContain("\tat ");
    }

    @Test
    void theConfigurationIsPrintedWithoutItsSecrets() {
        CommandRun run = CommandRun.run(
                "config",
                "--set",
                "s3.access-key=visible-key",
                "--set",
                "s3.secret-key=visible-secret",
                "--set",
                "kafka.properties.sasl.jaas.config=visible-password",
                "--set",
                "s3.bucket=my-bucket");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("my-bucket", "secret-key").doesNotContain("visible");
    }

    @Test
    void generateMakesThePictureOfDiffusersAndTheSameOneAgain() throws Exception {
        JsonNode reference = JSON.readTree(EXPECTED.resolve("expected.json").toFile())
                .get("cases")
                .get(0);
        CommandRun first = generate(reference, folder.resolve("first"), "--latents");
        CommandRun second = generate(reference, folder.resolve("second"));

        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(second.exitCode()).isZero();
        assertThat(first.out()).contains("step 25 of 25", "0.png (seed " + reference.get("seed") + ")");
        Path picture = folder.resolve("first/0.png");
        assertThat(ImageIO.read(picture.toFile()).getWidth()).isEqualTo(128);
        assertThat(picture).hasSameBinaryContentAs(folder.resolve("second/0.png"));
        assertThat(folder.resolve("second/0.npy")).doesNotExist();
        float[] expected =
                SafetensorsFile.open(EXPECTED.resolve("expected.safetensors")).floats("0.latents");
        assertThat(difference(npy(folder.resolve("first/0.npy")), expected)).isLessThanOrEqualTo(1e-3);
    }

    private static CommandRun generate(JsonNode reference, Path output, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate",
                "--model",
                MODEL,
                "--prompt",
                reference.get("prompt").asText(),
                "--scheduler",
                reference.get("scheduler").asText(),
                "--num-inference-steps",
                reference.get("num_inference_steps").asText(),
                "--guidance-scale",
                reference.get("guidance_scale").asText(),
                "--seed",
                reference.get("seed").asText(),
                "--output",
                output.toString()));
        arguments.addAll(List.of(more));
        return CommandRun.run(arguments.toArray(String[]::new));
    }

    private static float[] npy(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = 10 + buffer.getShort(8);
        assertThat(new String(bytes, 10, header - 10, StandardCharsets.US_ASCII))
                .contains("(4, 16, 16,)");
        float[] values = new float[(bytes.length - header) / Float.BYTES];
        buffer.position(header).asFloatBuffer().get(values);
        return values;
    }

    /** The largest difference, as a part of the reference's root mean square. */
    private static double difference(float[] actual, float[] reference) {
        assertThat(actual).hasSameSizeAs(reference);
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - reference[i]));
            squares += reference[i] * reference[i];
        }
        return largest / Math.sqrt(squares / reference.length);
    }

    @Test
    void generateTakesAnotherVaeAndAnotherPredictionType() throws Exception {
        List<String> common = List.of(
                "generate", "--model", MODEL, "--prompt", "a red circle", "--num-inference-steps", "2", "--seed", "1");
        Map<String, List<String>> more = Map.of(
                "plain", List.of(),
                "vae", List.of("--vae", MODEL + "/vae"),
                "velocity", List.of("--prediction-type", "v_prediction"));
        for (String name : more.keySet()) {
            List<String> arguments = new ArrayList<>(common);
            arguments.addAll(more.get(name));
            arguments.addAll(List.of("--output", folder.resolve(name).toString()));
            CommandRun run = CommandRun.run(arguments.toArray(new String[0]));
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
        Path plain = folder.resolve("plain/0.png");
        assertThat(folder.resolve("vae/0.png")).hasSameBinaryContentAs(plain);
        assertThat(Files.readAllBytes(folder.resolve("velocity/0.png"))).isNotEqualTo(Files.readAllBytes(plain));

        CommandRun absent = CommandRun.run("generate", "--model", MODEL, "--prompt", "x", "--vae", "no/such/vae");
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("no/such/vae").doesNotContain("\tat ");
        CommandRun wrong = CommandRun.run("generate", "--model", MODEL, "--prompt", "x", "--prediction-type", "noise");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("noise", "epsilon, v_prediction, sample");
    }

    @Test
    void generateSaysWhatAModelCannotDo() {
        CommandRun run = CommandRun.run(
                "generate", "--model", MODEL, "--prompt", "x", "--output", folder.toString(), "--scheduler", "magic");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("magic", "ddim").doesNotContain("\tat ");

        CommandRun absent =
                CommandRun.run("generate", "--model", "no/such/folder", "--prompt", "x", "--output", folder.toString());
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("no/such/folder").doesNotContain("\tat ");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aBenchmarkIsOneJsonObject() throws Exception {
        CommandRun run = CommandRun.run("bench", "--model", MODEL, "--batch", "1", "--repeats", "1", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(1);
        JsonNode report = JSON.readTree(run.out());
        assertThat(report.get("model").asText()).isEqualTo("shapes");
        assertThat(report.get("load_ms").asDouble()).isPositive();
        assertThat(report.get("unet")).hasSize(1);
        assertThat(report.at("/unet/0/batch").asInt()).isEqualTo(1);
        assertThat(report.at("/unet/0/ms_per_step").asDouble()).isPositive();
        assertThat(report.at("/unet/0/gflops").asDouble()).isPositive();
        assertThat(report.at("/unet/0/shallow_ms_per_step").asDouble()).isPositive();
        assertThat(report.get("matmul_gflops").asDouble()).isPositive();
        assertThat(report.get("vae_decode_ms").asDouble()).isPositive();
    }

    @Test
    void aBenchmarkHoldsOnePrecisionAgainstAnother() throws Exception {
        CommandRun run = CommandRun.run(
                "bench", "--model", MODEL, "--batch", "2", "--repeats", "1", "--precision", "fp32,int8", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = JSON.readTree(run.out());
        assertThat(report.get("unet")).hasSize(2);
        assertThat(report.at("/unet/0/precision").asText()).isEqualTo("fp32");
        String second = report.at("/unet/1/precision").asText();
        assertThat(second).isIn("int8", "fp32"); // a processor that does not multiply bytes exactly gets float32
        assertThat(report.at("/unet/1/ms_per_step").asDouble()).isPositive();
        assertThat(report.get("load_ms_" + second).asDouble()).isPositive();
    }
}
