package dev.darkroom.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that do not start as they should. Those that do are in {@code WorkerBenchTest}. */
@Timeout(120)
class StackProcessTest {
    @TempDir
    private Path folder;

    @Test
    void serversThatSayNothingAreGivenUpAndLetGo() throws Exception {
        Path kept = Files.createFile(folder.resolve("kept"));

        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> start(OddStackMain.Output.NOTHING, kept, Duration.ofMillis(50)))
                .withMessageContaining("did not start within PT0.05S");
        assertThat(kept).doesNotExist();
    }

    @Test
    void aLineWithoutEndIsNotReadOn() throws Exception {
        Path kept = Files.createFile(folder.resolve("kept"));

        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> start(OddStackMain.Output.A_LINE_WITHOUT_END, kept, Duration.ofMinutes(1)))
                .withMessageContaining("a line of more than 4096 characters");
        assertThat(kept).doesNotExist();
    }

    @Test
    void aProcessThatEndsHasNotStarted() {
        assertThatExceptionOfType(BenchException.class)
                .isThrownBy(() -> StackProcess.start(List.of(java(), "-version"), Duration.ofMinutes(1)))
                .withMessageContaining("did not start; why, they say above");
    }

    private static StackProcess start(OddStackMain.Output output, Path kept, Duration longest)
            throws IOException, BenchException, InterruptedException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return StackProcess.start(
                List.of(java(), "-cp", classPath, OddStackMain.class.getName(), output.name(), kept.toString()),
                longest);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
