package dev.darkroom.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * From a prompt to a picture on a machine that has nothing but a JDK: starts a broker, an S3 server and a worker, sends
 * a job as any producer would, follows its events as any consumer would, and downloads the picture. Exit code 0 when
 * the picture is there, 1 when it is not, 2 for a wrong option.
 */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        description = "Starts a broker, an S3 server and a worker, and turns one prompt into a picture with them.")
public final class Quickstart implements Callable<Integer> {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    @Option(names = "--worker-jar", required = true, paramLabel = "JAR", description = "The worker's jar.")
    @SuppressWarnings("NullAway.Init") // picocli sets the required options before it calls
    private Path workerJar;

    @Option(names = "--models", required = true, paramLabel = "DIR", description = "Folder of models.")
    @SuppressWarnings("NullAway.Init")
    private Path models;

    @Option(names = "--model", required = true, paramLabel = "ID", description = "Model to use, a folder in it.")
    @SuppressWarnings("NullAway.Init")
    private String model;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What the picture shall show.")
    @SuppressWarnings("NullAway.Init")
    private String prompt;

    @Option(names = "--output", required = true, paramLabel = "DIR", description = "Folder for picture and log.")
    @SuppressWarnings("NullAway.Init")
    private Path output;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "1",
            description = "Jobs to run, one after the other; above 1 the times between them are printed.")
    private int jobs;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "PT60S",
            description = "Longest wait for one job (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofSeconds(60);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private final InstantSource clock;

    private Quickstart(InstantSource clock) {
        this.clock = clock;
    }

    public static void main(String[] args) {
        QuietLogging.install();
        System.exit(command().execute(args));
    }

    static CommandLine command() {
        return new CommandLine(new Quickstart(InstantSource.system()));
    }

    @Override
    public Integer call() throws InterruptedException {
        requireValidOptions();
        PrintWriter err = spec.commandLine().getErr();
        try {
            run(spec.commandLine().getOut(), err);
            return CommandLine.ExitCode.OK;
        } catch (QuickstartException e) {
            err.println(e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause()));
        } catch (IOException e) {
            err.println(e.getMessage() == null ? e.toString() : e.getMessage());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private void requireValidOptions() {
        require(Files.isRegularFile(workerJar), "--worker-jar is not a file: " + workerJar);
        require(Files.isDirectory(models), "--models is not a folder: " + models);
        require(jobs >= 1, "--jobs must be 1 or more, not " + jobs);
        require(!timeout.isNegative() && !timeout.isZero(), "--timeout must be more than nothing, not " + timeout);
    }

    private void require(boolean rule, String message) {
        if (!rule) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }

    private void run(PrintWriter out, PrintWriter err) throws IOException, InterruptedException, QuickstartException {
        Files.createDirectories(output);
        try (EmbeddedStack stack = EmbeddedStack.start()) {
            out.println("Started a Kafka broker on " + stack.kafka().bootstrapServers() + " and an S3 server on "
                    + stack.s3().endpoint());
            Path log = output.resolve("worker.log");
            try (WorkerProcess worker = WorkerProcess.start(workerJar, environment(stack), log, STOP_TIMEOUT)) {
                out.println("Started a worker, its log: " + log);
                Thread hook = new Thread(() -> stop(worker, stack), "quickstart-stop");
                Runtime.getRuntime().addShutdownHook(hook);
                try {
                    runJobs(stack, worker, out, err);
                } finally {
                    remove(hook);
                }
            }
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down and the hook is at work; whoever closes second finds all closed.
            return;
        }
    }

    /** Runs as a shutdown hook, when a signal ends this JVM before the run has ended. */
    private static void stop(WorkerProcess worker, EmbeddedStack stack) {
        try (stack;
                worker) {
            System.err.println("Stopping the worker and the servers");
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    private void runJobs(EmbeddedStack stack, WorkerProcess worker, PrintWriter out, PrintWriter err)
            throws IOException, InterruptedException, QuickstartException {
        try (JobQueue queue = new JobQueue(stack.kafka().bootstrapServers());
                Bucket bucket = Bucket.of(stack)) {
            runJobs(new JobRun(queue, worker, ProgressDisplay.on(out), timeout, clock), bucket, out);
        } catch (QuickstartException e) {
            err.println("The last lines of " + worker.log() + ":");
            worker.logTail().forEach(line -> err.println("  " + line));
            throw e;
        }
    }

    private Map<String, String> environment(EmbeddedStack stack) {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_MODELS", models.toAbsolutePath().toString());
        environment.put("DARKROOM_DEFAULT_MODEL", model);
        environment.put("DARKROOM_ADMIN_PORT", "0");
        return environment;
    }

    private void runJobs(JobRun run, Bucket bucket, PrintWriter out)
            throws IOException, InterruptedException, QuickstartException {
        run.awaitTopics();
        Latencies queueing = new Latencies();
        Latencies finishing = new Latencies();
        for (int i = 1; i <= jobs; i++) {
            String jobId = "quickstart-" + i;
            JobRun.Completed completed = run.run(jobId, prompt);
            for (Path picture : download(jobId, completed.data().path("images"), bucket)) {
                out.println("Picture: " + picture);
            }
            if (i == 1) {
                Instant start = Instant.ofEpochMilli(
                        ManagementFactory.getRuntimeMXBean().getStartTime());
                out.println(String.format(
                        Locale.ROOT,
                        "JVM start to picture: %.1f s",
                        Duration.between(start, clock.instant()).toMillis() / 1000.0));
            } else {
                queueing.add(completed.queueing());
                finishing.add(completed.finishing());
            }
        }
        if (jobs > 1) {
            out.println("Jobs 2 to " + jobs + ", one after the other, p50 / p95:");
            out.println("  submitted to started:   " + queueing.summary());
            out.println("  last step to completed: " + finishing.summary());
        }
    }

    /** Downloads a job's pictures and compares each with what the event says of it. */
    private List<Path> download(String jobId, JsonNode images, Bucket bucket)
            throws IOException, InterruptedException, QuickstartException {
        if (images.isEmpty()) {
            throw new QuickstartException(jobId + ": completed without pictures");
        }
        List<Path> files = new ArrayList<>();
        for (JsonNode image : images) {
            byte[] picture =
                    bucket.get(image.path("bucket").asText(), image.path("key").asText());
            if (!Bucket.sha256(picture).equals(image.path("sha256").asText())) {
                throw new QuickstartException(jobId + ": the object "
                        + image.path("key").asText() + " is not the picture of the event: its SHA-256 differs");
            }
            String suffix = images.size() == 1 ? "" : "-" + files.size();
            files.add(Files.write(output.resolve(jobId + suffix + ".png"), picture));
        }
        return files;
    }
}
