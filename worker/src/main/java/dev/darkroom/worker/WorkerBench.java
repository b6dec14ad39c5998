package dev.darkroom.worker;

import dev.darkroom.worker.bench.BenchException;
import dev.darkroom.worker.bench.BenchReport;
import dev.darkroom.worker.bench.DistantBucket;
import dev.darkroom.worker.bench.Figures;
import dev.darkroom.worker.bench.JobLoad;
import dev.darkroom.worker.bench.SpanSink;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.Joining;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Runs a load through a whole worker of this process, on a broker and a bucket that are there. The worker is the real one;
 * only the calls of its model are metered. The environment of this process says nothing to it: a bench must not end up in
 * somebody's queue.
 *
 * @param servers where broker and bucket are, by the names of environment variables
 * @param bucketLatency by which the bucket answers the workers later than it does
 */
record WorkerBench(
        Map<String, String> servers, Path checkpoint, DeviceConfig device, WorkerLoad load, Duration bucketLatency) {
    private static final String ONE_AT_A_TIME = "1";
    private static final String WORKER = "worker";
    private static final String BATCH1 = "batch1";
    private static final String BATCHES = "batches";
    private static final String UNOBSERVED = "unobserved";
    /** So often two workers take turns whose difference is small. */
    private static final int ROUNDS = 10;

    /** At least so often those whose rounds should be long, for a batch has to fill and to run empty in each of them. */
    private static final int LEAST_LONG_ROUNDS = 4;

    /** Two of them, one that each of both begins. More rounds of many jobs, for a machine is not as fast all the time. */
    private static final int JOBS_OF_TWO_LONG_ROUNDS = 240;

    /** What a bench compares with another. */
    private record Side(String name, String slots, BenchWorker worker, Joining joining) {
        /** A worker as it is. */
        Side(String name, String slots, BenchWorker worker) {
            this(name, slots, worker, Joining.AT_EACH_STEP);
        }

        Figures.Round run(List<JobLoad.Due> jobs, Duration limit) throws BenchException {
            worker.joinsJobs(joining);
            return worker.run(jobs, limit);
        }
    }

    /**
     * The load, and nothing to hold it against.
     *
     * @param slots as the worker's setting
     */
    BenchReport report(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        try (BenchWorker worker = start(config(slots), WorkerModels.loader(device), Observation.COUNTED)) {
            warmUp(WORKER, worker);
            Figures.Round round = worker.run(load.measured(WORKER), load.timeout());
            return new BenchReport(conditions(), run(WORKER, slots, List.of(round)), Optional.empty());
        }
    }

    /**
     * The load, and the same with one job at a time.
     *
     * @param slots as the worker's setting, of the first of both
     */
    BenchReport besideOneAtATime(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        ModelLoader loader = WorkerModels.loader(device);
        try (BenchWorker worker = start(config(slots), loader, Observation.COUNTED);
                BenchWorker single = start(otherConfig(BATCH1, ONE_AT_A_TIME), loader, Observation.COUNTED)) {
            return afterWarmUp(
                    longRounds(load.jobs()), new Side(WORKER, slots, worker), new Side(BATCH1, ONE_AT_A_TIME, single));
        }
    }

    /**
     * The load, and the same with a batch of jobs at a time, which decodes and uploads beside the loop all the same. It is the
     * same worker: two of them, with a model each, differ by some percent even where they do the same.
     *
     * @param slots as the worker's setting
     */
    BenchReport besideBatches(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        try (BenchWorker worker = start(config(slots), WorkerModels.loader(device), Observation.COUNTED)) {
            warmUp(WORKER, worker);
            return inTurns(
                    longRounds(load.jobs()),
                    new Side(WORKER, slots, worker),
                    new Side(BATCHES, slots, worker, Joining.WHEN_ALL_HAVE_LEFT));
        }
    }

    /**
     * The load through a worker that is counted and sends spans, and through one without either.
     *
     * @param slots as the worker's setting, of both
     */
    BenchReport observation(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        ModelLoader loader = WorkerModels.loader(device);
        try (SpanSink spans = SpanSink.open();
                BenchWorker counted =
                        start(config(slots), loader, new Observation(Observation.Meters.COUNTED, spans.environment()));
                BenchWorker unobserved = start(otherConfig(UNOBSERVED, slots), loader, Observation.NOTHING)) {
            return afterWarmUp(ROUNDS, new Side(WORKER, slots, counted), new Side(UNOBSERVED, slots, unobserved));
        }
    }

    private BenchWorker start(WorkerConfig config, ModelLoader loader, Observation observation)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        return BenchWorker.start(config, loader, observation, DistantBucket.by(bucketLatency));
    }

    /** Jobs before those that count. */
    private void warmUp(String name, BenchWorker worker) throws BenchException {
        repeat(load.leastWarmUp(), System::nanoTime, round -> worker.run(load.warmUp(name, round), load.timeout()));
    }

    /**
     * The load through two workers. Both are there all the time, with topics of their own and a model each, and take turns:
     * what else the machine does meets both, and what the JVM has learnt serves both.
     */
    private BenchReport afterWarmUp(int most, Side one, Side other) throws BenchException {
        warmUp(one.name(), one.worker());
        warmUp(other.name(), other.worker());
        return inTurns(most, one, other);
    }

    private BenchReport inTurns(int most, Side one, Side other) throws BenchException {
        int rounds = Math.min(most, load.jobs());
        List<List<JobLoad.Due>> forOne = load.measured(one.name(), rounds);
        List<List<JobLoad.Due>> forOther = load.measured(other.name(), rounds);
        List<Figures.Round> ofOne = new ArrayList<>();
        List<Figures.Round> ofOther = new ArrayList<>();
        takeTurns(
                rounds,
                round -> ofOne.add(one.run(forOne.get(round), load.timeout())),
                round -> ofOther.add(other.run(forOther.get(round), load.timeout())));
        return new BenchReport(
                conditions(),
                run(one.name(), one.slots(), ofOne),
                Optional.of(run(other.name(), other.slots(), ofOther)));
    }

    private BenchReport.Conditions conditions() {
        RuntimeOptions options = WorkerModels.runtimeLoader(device).options();
        return new BenchReport.Conditions(
                String.valueOf(checkpoint.getFileName()),
                label(options.device()),
                options.threads(),
                label(device.memory()),
                label(device.determinism()),
                load.jobs(),
                load.warmUp(),
                load.arrivals().label(),
                load.size(),
                load.steps(),
                load.seed(),
                bucketLatency);
    }

    private static BenchReport.Run run(String name, String slots, List<Figures.Round> rounds) {
        return new BenchReport.Run(name, slots, Figures.of(rounds));
    }

    /** So often they take turns; each begins as often as the other. */
    static int longRounds(int jobs) {
        return Math.max(LEAST_LONG_ROUNDS, 2 * (jobs / JOBS_OF_TWO_LONG_ROUNDS));
    }

    /** A round of a load. */
    interface Turn {
        void take(int round) throws BenchException;
    }

    /** Takes one turn after the other until so much time is over; one at least. */
    static void repeat(Duration least, LongSupplier nanoTime, Turn turn) throws BenchException {
        long begin = nanoTime.getAsLong();
        int round = 0;
        do {
            turn.take(round++);
        } while (nanoTime.getAsLong() - begin < least.toNanos());
    }

    /** So that neither is the one that comes first. */
    static void takeTurns(int rounds, Turn first, Turn second) throws BenchException {
        for (int round = 0; round < rounds; round++) {
            boolean swapped = round % 2 == 1;
            (swapped ? second : first).take(round);
            (swapped ? first : second).take(round);
        }
    }

    private WorkerConfig config(String slots) {
        return config(servers, checkpoint, device, slots);
    }

    /** With a queue beside the first one, on the same servers. */
    private WorkerConfig otherConfig(String name, String slots) {
        Map<String, String> other = new HashMap<>(servers);
        for (String topic : List.of("JOBS", "EVENTS", "RETRY", "CONTROL")) {
            other.put("DARKROOM_KAFKA_TOPICS_" + topic, name + "." + topic.toLowerCase(Locale.ROOT));
        }
        other.put("DARKROOM_KAFKA_TOPICS_DEAD_LETTERS", "dlq." + name + ".jobs");
        other.put("DARKROOM_KAFKA_GROUP", name);
        return config(other, checkpoint, device, slots);
    }

    /**
     * The worker's settings.
     *
     * @throws dev.darkroom.worker.config.ConfigException when one is out of its range
     */
    static WorkerConfig config(Map<String, String> servers, Path checkpoint, DeviceConfig device, String slots) {
        Map<String, String> settings = new HashMap<>();
        settings.put("models", checkpoint.toAbsolutePath().normalize().toString());
        settings.put("device", label(device.kind()));
        settings.put("threads", Integer.toString(device.threads()));
        settings.put("memory-mode", label(device.memory()));
        settings.put("determinism", label(device.determinism()));
        settings.put("slots", slots);
        settings.put("admin.port", "0");
        return ConfigLoader.load(Optional.empty(), servers, settings, "bench");
    }

    private static String label(Enum<?> setting) {
        return setting.name().toLowerCase(Locale.ROOT);
    }
}
