package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The commands as a shell runs them, but for the exit: their exit codes, and what they print. */
@ResourceLock(Resources.SYSTEM_OUT)
class CommandLineTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // for the schedulers' settings in expected.json
            .build();
    private static final Path EXPECTED = Path.of("src/test/resources/shapes");
    private static final String MODEL = TestStack.MODELS.resolve("shapes").toString();

    private static TestStack stack;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() throws Exception {
        stack = new TestStack();
        Worker.initialise(stack.config("init"));
    }

    @AfterAll
    static void close() throws Exception {
        stack.close();
    }

    /** What a command left behind. */
    private record Run(int exitCode, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private static Run run(String... arguments) {
        PrintStream stdout = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            CommandLine command = Main.commandLine()
                    .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(err, true));
            int exitCode = command.execute(arguments);
            return new Run(exitCode, out.toString(StandardCharsets.UTF_8), err.toString());
        } finally {
            System.setOut(stdout);
        }
    }

    /** The same for a command that needs broker and bucket. */
    private static Run runOnStack(String... arguments) {
        Map<String, String> environment = stack.environment();
        List<String> all = new ArrayList<>(List.of(arguments));
        for (Setting setting : Settings.all()) {
            String value = environment.get(setting.environmentName());
            if (value != null) {
                all.add("--set");
                all.add(setting.key() + "=" + value);
            }
        }
        return run(all.toArray(String[]::new));
    }

    static Stream<String> commands() {
        return Main.commandLine().getSubcommands().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItself(String command) {
        Run help = run(command, "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("Usage: darkroom " + command).contains("--help");
        assertThat(help.err()).isEmpty();
    }

    @Test
    void theHelpNamesEveryCommand() {
        Run help = run("--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains(commands().toList());
        assertThat(run("--version").out()).startsWith("darkroom ");
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
        "bench, --synthetic"
    })
    void wrongUseIsExitCodeTwoAndNamesItself(String line, String named) {
        Run run = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(named).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aWrongSettingIsExitCodeTwoAndNamed() {
        Run run = run("config", "--set", "s3.buckt=x");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("s3.buckt", "s3.bucket").doesNotContain("\tat ");
    }

    @Test
    void aJobThatBreaksARuleIsNotSent() {
        long before = jobs();
        Run run = runOnStack("submit", "--prompt", "x", "--width", "100");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("width");
        assertThat(jobs()).isEqualTo(before);
    }

    /** Records that were ever sent, by the log's end. */
    private static long jobs() {
        try (EventLog log = new EventLog(stack.bootstrapServers(), "darkroom.jobs")) {
            return log.end();
        }
    }

    @Test
    void theConfigurationIsPrintedWithoutItsSecrets() {
        Run run = run(
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
    void initTellsWhatItChangedAndThenThatThereIsNothingToDo() throws Exception {
        try (TestStack bare = new TestStack()) {
            Map<String, String> environment = bare.environment();
            String[] init = {
                "init",
                "--set",
                "kafka.bootstrap-servers=" + bare.bootstrapServers(),
                "--set",
                "s3.endpoint=" + environment.get("DARKROOM_S3_ENDPOINT"),
                "--set",
                "s3.access-key=" + environment.get("DARKROOM_S3_ACCESS_KEY"),
                "--set",
                "s3.secret-key=" + environment.get("DARKROOM_S3_SECRET_KEY"),
                "--set",
                "s3.bucket=another-bucket",
                "--set",
                "kafka.topics.jobs=another.jobs",
                "--set",
                "kafka.group=another-group"
            };
            Run first = run(init);
            Run second = run(init);

            assertThat(first.exitCode()).isZero();
            assertThat(first.out()).contains("created bucket another-bucket", "created topic another.jobs");
            assertThat(second.exitCode()).isZero();
            assertThat(second.lines()).singleElement().asString().startsWith("Nothing to do");
        }
    }

    @Test
    void generateMakesThePictureOfDiffusersAndTheSameOneAgain() throws Exception {
        JsonNode reference = JSON.readTree(EXPECTED.resolve("expected.json").toFile())
                .get("cases")
                .get(0);
        Run first = generate(reference, folder.resolve("first"), "--latents");
        Run second = generate(reference, folder.resolve("second"));

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

    private static Run generate(JsonNode reference, Path output, String... more) {
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
        return run(arguments.toArray(String[]::new));
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
    void generateSaysWhatAModelCannotDo() {
        Run run = run(
                "generate", "--model", MODEL, "--prompt", "x", "--output", folder.toString(), "--scheduler", "magic");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("magic", "ddim").doesNotContain("\tat ");

        Run absent = run("generate", "--model", "no/such/folder", "--prompt", "x", "--output", folder.toString());
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("no/such/folder").doesNotContain("\tat ");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSubmittedJobIsFollowedToItsEndAndCanBeWatchedAgain() throws Exception {
        try (Worker worker = Worker.start(stack.config("worker"))) {
            assertThat(worker).isNotNull();
            Run submit = runOnStack(
                    "submit",
                    "--id",
                    "watched",
                    "--prompt",
                    "a red ring",
                    "--num-inference-steps",
                    "2",
                    "--watch",
                    "--json");
            assertThat(submit.exitCode()).as(submit.err()).isZero();
            assertEvents(submit, "watched");

            Run watch = runOnStack("watch", "watched", "--json", "--timeout", "PT60S");
            assertThat(watch.exitCode()).as(watch.err()).isZero();
            assertEvents(watch, "watched");

            Run forPeople = runOnStack("watch", "watched");
            assertThat(forPeople.exitCode()).isZero();
            assertThat(forPeople.out())
                    .contains("watched: started by worker with shapes", "completed", "s3://", "0.png");

            Run id = runOnStack("submit", "--prompt", "x", "--clip-skip", "9");
            assertThat(id.exitCode()).isZero();
            assertThat(id.lines()).hasSize(1);
            Run failed = runOnStack("watch", id.lines().get(0), "--timeout", "PT60S");
            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(failed.out()).contains("failed, UNSUPPORTED");
        }
    }

    private static void assertEvents(Run run, String jobId) throws IOException {
        List<String> types = new ArrayList<>();
        for (String line : run.lines()) {
            JsonNode event = JSON.readTree(line);
            types.add(event.get("type").asText());
            assertThat(event.at("/data/job_id").asText()).isEqualTo(jobId);
            assertThat(event.get("time").asText()).endsWith("Z");
        }
        assertThat(types).startsWith("started").endsWith("completed").doesNotHaveDuplicates();
    }

    @Test
    void watchingAJobThatNeverEndsEndsAfterItsTimeout() {
        Run run = runOnStack("watch", "nobody", "--timeout", "PT0.2S");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("nobody has not ended within PT0.2S");
    }

    @Test
    void aBenchmarkIsOneJsonObject() throws Exception {
        Run run = run("bench", "--model", MODEL, "--batch", "1", "--repeats", "1", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(1);
        JsonNode report = JSON.readTree(run.out());
        assertThat(report.get("model").asText()).isEqualTo("shapes");
        assertThat(report.get("load_ms").asDouble()).isPositive();
        assertThat(report.get("unet")).hasSize(1);
        assertThat(report.at("/unet/0/batch").asInt()).isEqualTo(1);
        assertThat(report.at("/unet/0/ms_per_step").asDouble()).isPositive();
        assertThat(report.get("vae_decode_ms").asDouble()).isPositive();
    }
}
