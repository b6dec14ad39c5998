package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Starts the runtime in a process of its own: what it does once at start cannot be seen in this one. */
class NoTelemetryTest {
    @TempDir
    private Path home;

    /** Loads the runtime. */
    static final class Start {
        private Start() {}

        public static void main(String[] arguments) {
            System.out.println("ONNX Runtime " + Inference.environment().getVersion());
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void theRuntimeStartsUnderALongCommandLineAndKeepsNoRecords() throws Exception {
        Path output = home.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Start.class.getName(),
                "x".repeat(5000)));
        builder.environment().remove("ORT_DISABLE_TELEMETRY");
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("XDG_CACHE_HOME");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("the process ended")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        assertThat(output).content().contains("ONNX Runtime 1.");
        try (Stream<Path> files = Files.walk(home)) {
            assertThat(files.filter(file -> file.toString().contains("Microsoft")))
                    .isEmpty();
        }
    }
}
