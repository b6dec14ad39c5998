package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class QuickstartTest {
    @TempDir
    private Path directory;

    private Path output;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void setUp() {
        output = directory.resolve("output");
    }

    @Test
    void bringsThePictureOfEveryJob() throws Exception {
        int exitCode = run(FakeWorker.class.getName(), "a red circle", "--jobs", "3");

        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
        for (String job : List.of("quickstart-1", "quickstart-2", "quickstart-3")) {
            assertThat(output.resolve(job + ".png")).hasBinaryContent(FakeWorker.picture(job));
        }
        assertThat(out.toString())
                .contains("quickstart-1: step 12 of 25")
                .contains(output.resolve("quickstart-1.png").toString())
                .containsPattern("JVM start to picture: \\d+\\.\\d s")
                .containsPattern("submitted to started: +\\d+ / \\d+ ms");
    }

    @Test
    void saysWhyAJobFailed() throws Exception {
        assertThat(run(FakeWorker.class.getName(), FakeWorker.FAIL)).isEqualTo(1);
        assertThat(out.toString()).contains("quickstart-1: failed UNKNOWN_MODEL No model of that name");
        assertThat(output.resolve("quickstart-1.png")).doesNotExist();
    }

    @Test
    void showsTheLogOfAWorkerThatDied() throws Exception {
        assertThat(run(FakeWorker.class.getName(), FakeWorker.DIE)).isEqualTo(1);
        assertThat(err.toString()).contains("exit code 3").contains(FakeWorker.LAST_WORDS);
    }

    @Test
    void showsTheLogOfAWorkerThatDidNotStart() throws Exception {
        assertThat(run("no.such.Program", "a red circle")).isEqualTo(1);
        assertThat(err.toString()).contains("exit code 1").contains("no.such.Program");
    }

    @Test
    void givesUpAJobThatDoesNotEnd() throws Exception {
        assertThat(run(FakeWorker.class.getName(), FakeWorker.IGNORE, "--timeout", "PT8S"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("within 8 s");
    }

    @Test
    void refusesAPictureThatIsNotTheOneOfTheEvent() throws Exception {
        assertThat(run(FakeWorker.class.getName(), FakeWorker.LIE)).isEqualTo(1);
        assertThat(err.toString()).contains("SHA-256");
        assertThat(output.resolve("quickstart-1.png")).doesNotExist();
    }

    @Test
    void refusesAWorkerJarThatIsNotThere() {
        int exitCode = command()
                .execute(
                        "--worker-jar=" + directory.resolve("absent.jar"),
                        "--models=" + directory,
                        "--model=shapes",
                        "--prompt=x",
                        "--output=" + output);

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString()).contains("absent.jar");
    }

    private int run(String mainClass, String prompt, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--worker-jar=" + jar(mainClass),
                "--models=" + directory,
                "--model=shapes",
                "--prompt=" + prompt,
                "--output=" + output));
        arguments.addAll(List.of(more));
        return command().execute(arguments.toArray(String[]::new));
    }

    private CommandLine command() {
        return Quickstart.command().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    }

    /** A jar without classes of its own: its manifest leads to the class path of this test. */
    private Path jar(String mainClass) throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" "));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, mainClass);
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        Path jar = directory.resolve("worker.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream written = new JarOutputStream(file, manifest)) {
            written.finish();
        }
        return jar;
    }
}
