package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own, as a user starts and stops it. */
@Timeout(300)
class EmbeddedMainTest {
    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void printsTheEnvironmentAndGoesCleanlyOnSigterm() throws Exception {
        Process program = start("--kafka-port=0", "--s3-port=0");

        Map<String, String> environment = environment(program, 5);
        assertThat(environment)
                .containsOnlyKeys(
                        "DARKROOM_KAFKA_BOOTSTRAP_SERVERS",
                        "DARKROOM_S3_ENDPOINT",
                        "DARKROOM_S3_ACCESS_KEY",
                        "DARKROOM_S3_SECRET_KEY",
                        "DARKROOM_S3_BUCKET");
        S3Client client = S3Client.of(
                environment.get("DARKROOM_S3_ENDPOINT"),
                environment.get("DARKROOM_S3_ACCESS_KEY"),
                environment.get("DARKROOM_S3_SECRET_KEY"));
        assertThat(client.bucketExists(environment.get("DARKROOM_S3_BUCKET"))).isTrue();

        // Through the handle: the process itself would close its output, too.
        program.toHandle().destroy();

        assertThat(exitCode(program)).isZero();
        assertThat(program.inputReader(StandardCharsets.UTF_8).readLine())
                .as("more output")
                .isNull();
        assertThat(directory.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void goesCleanlyWhenItsInputEnds() throws Exception {
        Process program = start("--kafka-port=0", "--s3-port=0", "--until-input-ends");
        environment(program, 5);

        program.getOutputStream().close();

        assertThat(exitCode(program)).isZero();
        assertThat(directory.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void namesATakenPort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            Process program = start("--kafka-port=" + taken.getLocalPort(), "--s3-port=0");

            assertThat(exitCode(program)).isEqualTo(1);
            assertThat(errors()).contains("Port " + taken.getLocalPort() + " for Kafka");
        }
    }

    @Test
    void refusesAnOptionThatItDoesNotHave() throws Exception {
        Process program = start("--kafka-prot=9092");

        assertThat(exitCode(program)).isEqualTo(2);
        assertThat(errors()).contains("--kafka-prot");
    }

    @Test
    void refusesAPortThatCannotBe() throws Exception {
        Process program = start("--s3-port=65536");

        assertThat(exitCode(program)).isEqualTo(2);
        assertThat(errors()).contains("65536");
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedMain.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("errors").toFile())
                .start();
        started.add(process);
        return process;
    }

    private static Map<String, String> environment(Process program, int lines) throws IOException {
        BufferedReader output = program.inputReader(StandardCharsets.UTF_8);
        Map<String, String> environment = new LinkedHashMap<>();
        for (int i = 0; i < lines; i++) {
            String line = output.readLine();
            assertThat(line).contains("=");
            environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return environment;
    }

    private static int exitCode(Process program) throws InterruptedException {
        assertThat(program.waitFor(120, TimeUnit.SECONDS)).as("ended").isTrue();
        return program.exitValue();
    }

    private String errors() throws IOException {
        return Files.readString(directory.resolve("errors"));
    }
}
