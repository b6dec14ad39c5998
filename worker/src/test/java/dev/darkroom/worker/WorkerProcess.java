package dev.darkroom.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A worker in a process of its own, which a test can kill: the packaged jar, as users run it, or a test's main class. */
final class WorkerProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target/darkroom-worker.jar");

    private final Process process;
    private final Path output;

    private WorkerProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static WorkerProcess start(Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        return ofJar(JAR, directory, environment, arguments);
    }

    /** A worker of another build. */
    static WorkerProcess ofJar(Path jar, Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = java("-Xmx1g", "-jar", jar.toString());
        command.addAll(List.of(arguments));
        return run(directory, environment, command);
    }

    /** A worker with something between it and the world: the main class of a test. */
    static WorkerProcess start(Path directory, Map<String, String> environment, Class<?> main, List<String> arguments)
            throws IOException {
        return run(directory, environment, java(main, arguments));
    }

    private static List<String> java(Class<?> main, List<String> arguments) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = java("-Xmx400m", "-cp", classPath, main.getName());
        command.addAll(arguments);
        return command;
    }

    private static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static WorkerProcess run(Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Path output = Files.createTempFile(directory, "worker", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return new WorkerProcess(builder.start(), output);
    }

    /** Waits until the worker has said so. */
    void awaitOutput(String text, Duration limit) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (!output().contains(text)) {
            boolean ended = process.waitFor(50, TimeUnit.MILLISECONDS);
            if ((ended && !output().contains(text)) || Instant.now().isAfter(end)) {
                throw new AssertionError("The worker did not say \"" + text + "\" but:\n" + output());
            }
        }
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    /** SIGKILL: no line of the worker's code runs any more. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Processor time so far, in steps of 10 ms. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    int awaitExit(Duration limit) throws IOException, InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("The worker did not end within " + limit + ":\n" + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
