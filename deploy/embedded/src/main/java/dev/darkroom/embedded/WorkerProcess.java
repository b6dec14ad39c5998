package dev.darkroom.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A worker in a JVM of its own, its output in a log file. Closing it sends SIGTERM and waits, so that it can finish or
 * hand back what it has.
 */
final class WorkerProcess implements AutoCloseable {
    private static final String ENVIRONMENT_PREFIX = "DARKROOM_";
    private static final int TAIL_BYTES = 8192;
    private static final int TAIL_LINES = 20;

    private final Process process;
    private final Path log;
    private final Duration stopTimeout;

    private WorkerProcess(Process process, Path log, Duration stopTimeout) {
        this.process = process;
        this.log = log;
        this.stopTimeout = stopTimeout;
    }

    /**
     * Starts {@code java -jar <jar> work} with the JVM that this program runs in.
     *
     * @param environment the only settings that the worker gets: those of this process are withheld
     * @param stopTimeout how long the worker may take to stop before it is killed
     */
    static WorkerProcess start(Path jar, Map<String, String> environment, Path log, Duration stopTimeout)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // A run of seconds: code that the quick compiler made at once beats better code that comes too late.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
        command.addAll(List.of("-jar", jar.toString(), "work"));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith(ENVIRONMENT_PREFIX));
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new WorkerProcess(process, log, stopTimeout);
    }

    /** Returns after the time, or earlier if the worker ends within it. */
    void pause(Duration time) throws InterruptedException, QuickstartException {
        if (process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
            requireAlive();
        }
    }

    void requireAlive() throws QuickstartException {
        if (!process.isAlive()) {
            throw new QuickstartException("The worker ended with exit code " + process.exitValue());
        }
    }

    Path log() {
        return log;
    }

    /** The last lines of the log. */
    List<String> logTail() throws IOException {
        byte[] end;
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            end = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            file.seek(file.length() - end.length);
            file.readFully(end);
        }
        List<String> lines = new String(end, StandardCharsets.UTF_8).lines().toList();
        return lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
    }

    /** Stops the worker; one that does not stop in time is killed. A second call does nothing. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(stopTimeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException(
                        "The worker did not stop within " + stopTimeout.toSeconds() + " s and was killed");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
