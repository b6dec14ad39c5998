package dev.darkroom.worker;

import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.DeliveryConfig.Mode;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.GroupBacklog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What a job costs beside its inference, in processor time of the worker's process and in time: whole workers with a model
 * that computes nothing, and a bare share consumer for the same records, without and with as many objects in the bucket.
 * What a compiler spends on a young process is gone after some 15,000 jobs. {@code ./mvnw -Pbench process-test-classes}.
 * Arguments: jobs that are measured, jobs before them.
 */
final class OverheadBench {
    private static final Duration START = Duration.ofSeconds(60);
    private static final int OBJECTS_OF_A_JOB = 4; // its claim, its picture, its manifest and its outcome

    private final TestStack stack;
    private final Path directory;
    private final int warmUp;
    private final int jobs;

    private OverheadBench(TestStack stack, Path directory, int warmUp, int jobs) {
        this.stack = stack;
        this.directory = directory;
        this.warmUp = warmUp;
        this.jobs = jobs;
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("overhead");
        try (TestStack stack = new TestStack()) {
            OverheadBench bench =
                    new OverheadBench(stack, directory, Integer.parseInt(args[1]), Integer.parseInt(args[0]));
            System.out.printf("%d jobs after %d, one at a time%n", bench.jobs, bench.warmUp);
            System.out.printf("%-36s %14s %14s%n", "", "CPU ms per job", "ms per job");
            bench.bare("bare share consumer", 0);
            bench.worker("worker, share, no bucket", Mode.SHARE, InstantWorkerMain.NO_BUCKET);
            bench.bare("bare share consumer, 4 objects", OBJECTS_OF_A_JOB);
            bench.worker("worker, share", Mode.SHARE, InstantWorkerMain.REAL_BUCKET);
            bench.bare("bare share consumer", 0);
            bench.worker("worker, classic", Mode.CLASSIC, InstantWorkerMain.REAL_BUCKET);
        }
    }

    private void bare(String name, int objects) throws Exception {
        List<String> settings = settings("bare-" + System.nanoTime(), Mode.SHARE);
        WorkerConfig config = config(settings);
        WorkerSetup.initialise(config);
        try (WorkerProcess process = WorkerProcess.start(
                directory,
                stack.environment(),
                BareConsumerMain.class,
                List.of(
                        stack.bootstrapServers(),
                        config.kafka().topics().jobs(),
                        config.kafka().group(),
                        Integer.toString(objects)))) {
            measure(name, process, config, Mode.SHARE);
        }
    }

    private void worker(String name, Mode mode, String bucket) throws Exception {
        List<String> settings = settings(name.replaceAll("[ ,]+", "-"), mode);
        List<String> arguments = new ArrayList<>(List.of("PT0S", bucket));
        arguments.addAll(settings);
        try (WorkerProcess process =
                WorkerProcess.start(directory, stack.environment(), InstantWorkerMain.class, arguments)) {
            measure(name, process, config(settings), mode);
        }
    }

    private void measure(String name, WorkerProcess process, WorkerConfig config, Mode mode) throws Exception {
        process.awaitOutput("takes jobs from", START);
        try (GroupBacklog backlog = new GroupBacklog(config.kafka(), mode)) {
            send(config, backlog, "warm-up", warmUp);
            Duration cpu = process.cpu();
            long start = System.nanoTime();
            send(config, backlog, "measured", jobs);
            double wall = (System.nanoTime() - start) / 1e6 / jobs;
            double used = process.cpu().minus(cpu).toNanos() / 1e6 / jobs;
            System.out.printf(Locale.ROOT, "%-36s %14.2f %14.2f%n", name, used, wall);
        }
    }

    /** Returns when all of them are settled. */
    private void send(WorkerConfig config, GroupBacklog backlog, String id, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            String job = "{\"id\":\"" + id + "-" + i + "\",\"prompt\":\"a red ring\",\"num_inference_steps\":1}";
            stack.send(config.kafka().topics().jobs(), id + "-" + i, job.getBytes(StandardCharsets.UTF_8));
        }
        while (backlog.records() > 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private WorkerConfig config(List<String> settings) {
        return ConfigLoader.load(Optional.empty(), stack.environment(), InstantWorkerMain.settings(settings), "bench");
    }

    private static List<String> settings(String name, Mode mode) {
        List<String> settings = new ArrayList<>(List.of(
                "delivery=" + mode.name().toLowerCase(Locale.ROOT), "kafka.group=" + name, "s3.prefix=" + name));
        Map.of("jobs", "jobs.", "events", "events.", "retry", "retry.", "control", "control.", "dead-letters", "dlq.")
                .forEach((key, prefix) -> settings.add("kafka.topics." + key + "=" + prefix + name));
        return settings;
    }
}
