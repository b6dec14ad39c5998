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
import dev.darkroom.worker.develop.CallRules;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.storage.ResultStore;
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
import java.util.function.UnaryOperator;

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
    private static final String UNOBSERVED = "unobserved";
    /** So often two workers take turns whose difference is small. */
    private static final int ROUNDS = 10;

    /** So often those whose rounds should be long, for a batch has to fill and to run empty in each of them. */
    private static final int LONG_ROUNDS = 2;

    /** A worker that a bench compares with another. */
    private record Side(
            String name, String slots, WorkerConfig config, Observation observation, CallRules.Joining joining) {
        BenchWorker start(UnaryOperator<ResultStore> bucket)
                throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
            return BenchWorker.start(config, observation, joining, bucket);
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
        try (BenchWorker worker = BenchWorker.start(
                config(slots), Observation.COUNTED, CallRules.Joining.AT_EACH_STEP, DistantBucket.by(bucketLatency))) {
            worker.run(load.warmUp(WORKER), load.timeout());
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
        return comparison(slots, "batch1", ONE_AT_A_TIME, CallRules.Joining.AT_EACH_STEP);
    }

    /**
     * The load, and the same with a batch of jobs at a time, which decodes and uploads beside the loop all the same.
     *
     * @param slots as the worker's setting, of both
     */
    BenchReport besideBatches(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        return comparison(slots, "batches", slots, CallRules.Joining.WHEN_ALL_HAVE_LEFT);
    }

    private BenchReport comparison(String slots, String other, String otherSlots, CallRules.Joining joining)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        return inTurns(
                LONG_ROUNDS,
                new Side(WORKER, slots, config(slots), Observation.COUNTED, CallRules.Joining.AT_EACH_STEP),
                new Side(other, otherSlots, otherConfig(other, otherSlots), Observation.COUNTED, joining));
    }

    /**
     * The load through a worker that is counted and sends spans, and through one without either.
     *
     * @param slots as the worker's setting, of both
     */
    BenchReport observation(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        try (SpanSink spans = SpanSink.open()) {
            CallRules.Joining joining = CallRules.Joining.AT_EACH_STEP;
            Observation counted = new Observation(Observation.Meters.COUNTED, spans.environment());
            return inTurns(
                    ROUNDS,
                    new Side(WORKER, slots, config(slots), counted, joining),
                    new Side(UNOBSERVED, slots, otherConfig(UNOBSERVED, slots), Observation.NOTHING, joining));
        }
    }

    /**
     * The load through two workers. Both are there all the time, with topics of their own and a model each, and take turns:
     * what else the machine does meets both, and what the JVM has learnt serves both.
     */
    private BenchReport inTurns(int most, Side one, Side other)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        try (BenchWorker first = one.start(DistantBucket.by(bucketLatency));
                BenchWorker second = other.start(DistantBucket.by(bucketLatency))) {
            first.run(load.warmUp(one.name()), load.timeout());
            second.run(load.warmUp(other.name()), load.timeout());
            int rounds = Math.min(most, load.jobs());
            List<List<JobLoad.Due>> forFirst = load.measured(one.name(), rounds);
            List<List<JobLoad.Due>> forSecond = load.measured(other.name(), rounds);
            List<Figures.Round> ofFirst = new ArrayList<>();
            List<Figures.Round> ofSecond = new ArrayList<>();
            takeTurns(
                    rounds,
                    round -> ofFirst.add(first.run(forFirst.get(round), load.timeout())),
                    round -> ofSecond.add(second.run(forSecond.get(round), load.timeout())));
            return new BenchReport(
                    conditions(),
                    run(one.name(), one.slots(), ofFirst),
                    Optional.of(run(other.name(), other.slots(), ofSecond)));
        }
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

    /** A round of one of two workers. */
    interface Turn {
        void take(int round) throws BenchException;
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
