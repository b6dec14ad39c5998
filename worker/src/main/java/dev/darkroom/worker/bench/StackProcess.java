package dev.darkroom.worker.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The embedded stack, a Kafka broker and an S3 server, in a process of its own: what they use of the processor is not
 * taken for the worker's. It ends when this is closed, and when this process ends, however it does.
 */
public final class StackProcess implements AutoCloseable {
    private static final String MAIN = "dev.darkroom.embedded.EmbeddedMain";
    private static final Set<String> ADDRESSES = Set.of(
            "DARKROOM_KAFKA_BOOTSTRAP_SERVERS",
            "DARKROOM_S3_ENDPOINT",
            "DARKROOM_S3_ACCESS_KEY",
            "DARKROOM_S3_SECRET_KEY",
            "DARKROOM_S3_BUCKET");
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(30);

    private final Process process;
    private final Map<String, String> environment;

    private StackProcess(Process process, Map<String, String> environment) {
        this.process = process;
        this.environment = Map.copyOf(environment);
    }

    /**
     * Starts both servers on free ports and waits until they serve, for a minute at most. Their warnings go to this
     * process's standard error.
     *
     * @param classPath the stack's jar, or a class path that has it
     * @throws IOException when the process cannot be started
     * @throws BenchException when there is no such jar, or the servers do not start
     */
    public static StackProcess start(String classPath) throws IOException, BenchException, InterruptedException {
        Path first = Path.of(classPath.split(File.pathSeparator, 2)[0]);
        if (!Files.exists(first)) {
            throw new BenchException("The embedded broker and bucket are not at " + first
                    + ": build them with ./mvnw package -DskipTests, or say with --embedded where their jar is");
        }
        return start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1", // it lives for minutes: the second compiler would take what it saves
                        "-Xshare:auto",
                        "-cp",
                        classPath,
                        MAIN,
                        "--kafka-port=0",
                        "--s3-port=0",
                        "--until-input-ends"),
                LONGEST_START);
    }

    /**
     * The same.
     *
     * @param command of a process that prints the addresses and ends with its input
     * @param longest from the start of the process to the last address
     */
    static StackProcess start(List<String> command, Duration longest)
            throws IOException, BenchException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        AddressReader addresses = AddressReader.start(process.getInputStream(), ADDRESSES);
        try {
            return new StackProcess(process, addresses.await(longest));
        } catch (BenchException | InterruptedException | RuntimeException | Error e) {
            stopAfter(e, process);
            throw e;
        }
    }

    private static void stopAfter(Throwable failure, Process process) {
        try {
            stop(process);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The settings that point a worker at the servers, by the names of its environment variables. */
    public Map<String, String> environment() {
        return environment;
    }

    /**
     * Stops both servers. A second call does nothing.
     *
     * @throws IOException when they do not stop by themselves, and were killed
     */
    @Override
    public void close() throws IOException {
        stop(process);
    }

    /** Its input ends first, so that it removes what it has on disk. It is killed only if it does not go. */
    private static void stop(Process process) throws IOException {
        try {
            process.getOutputStream().close();
            if (process.waitFor(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            process.destroy(); // asks too; it goes without anybody who waits for it
            Thread.currentThread().interrupt();
            return;
        }
        process.destroyForcibly();
        throw new IOException(
                "The embedded broker and bucket did not stop within " + LONGEST_STOP + " and were killed");
    }
}
