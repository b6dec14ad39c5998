package dev.darkroom.worker;

import dev.darkroom.worker.bench.BenchException;
import dev.darkroom.worker.bench.BenchReport;
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
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a load through a whole worker of this process, on a broker and a bucket that are there. The worker is the real one;
 * only the calls of its model are metered. The environment of this process says nothing to it: a bench must not end up in
 * somebody's queue.
 *
 * @param servers where broker and bucket are, by the names of environment variables
 */
record WorkerBench(Map<String, String> servers, Path checkpoint, DeviceConfig device, WorkerLoad load) {
    private static final String ONE_AT_A_TIME = "1";
    private static final String WORKER = "worker";
    private static final String UNOBSERVED = "unobserved";
    /** So often two workers take turns. */
    private static final int ROUNDS = 10;

    /**
     * The load, and nothing to hold it against.
     *
     * @param slots as the worker's setting
     */
    BenchReport report(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        return new BenchReport(conditions(), run(WORKER, slots, CallRules.Joining.AT_EACH_STEP), Optional.empty());
    }

    /**
     * The load, then the same with one job at a time.
     *
     * @param slots as the worker's setting, of the first of both
     */
    BenchReport besideOneAtATime(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        return comparison(slots, "batch1", ONE_AT_A_TIME, CallRules.Joining.AT_EACH_STEP);
    }

    /**
     * The load, then the same with a batch of jobs at a time, which decodes and uploads beside the loop all the same.
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
        BenchReport.Run first = run(WORKER, slots, CallRules.Joining.AT_EACH_STEP);
        return new BenchReport(conditions(), first, Optional.of(run(other, otherSlots, joining)));
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
                load.seed());
    }

    /** One run, with a worker of its own and jobs whose ids begin with a name of their own. */
    private BenchReport.Run run(String name, String slots, CallRules.Joining joining)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        WorkerConfig config = config(servers, checkpoint, device, slots);
        try (BenchWorker worker = BenchWorker.start(config, Observation.COUNTED, joining)) {
            worker.run(load.warmUp(name), load.timeout());
            return run(name, slots, List.of(worker.run(load.measured(name), load.timeout())));
        }
    }

    private static BenchReport.Run run(String name, String slots, List<Figures.Round> rounds) {
        return new BenchReport.Run(name, slots, Figures.of(rounds));
    }

    /**
     * The load through a worker that is counted and sends spans, and through one without either. Both are there all the time,
     * with topics of their own, and take turns, first the one, then the other: what else the machine does meets both.
     *
     * @param slots as the worker's setting, of both
     */
    BenchReport observation(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        WorkerConfig config = config(servers, checkpoint, device, slots);
        try (SpanSink spans = SpanSink.open();
                BenchWorker observed = BenchWorker.start(
                        config,
                        new Observation(Observation.Meters.COUNTED, spans.environment()),
                        CallRules.Joining.AT_EACH_STEP);
                BenchWorker plain = BenchWorker.start(
                        config(otherTopics(), checkpoint, device, slots),
                        Observation.NOTHING,
                        CallRules.Joining.AT_EACH_STEP)) {
            observed.run(load.warmUp(WORKER), load.timeout());
            plain.run(load.warmUp(UNOBSERVED), load.timeout());
            int rounds = Math.min(ROUNDS, load.jobs());
            List<List<JobLoad.Due>> forObserved = load.measured(WORKER, rounds);
            List<List<JobLoad.Due>> forPlain = load.measured(UNOBSERVED, rounds);
            List<Figures.Round> ofObserved = new ArrayList<>();
            List<Figures.Round> ofPlain = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                if (i % 2 == 1) {
                    ofPlain.add(plain.run(forPlain.get(i), load.timeout()));
                }
                ofObserved.add(observed.run(forObserved.get(i), load.timeout()));
                if (i % 2 == 0) {
                    ofPlain.add(plain.run(forPlain.get(i), load.timeout()));
                }
            }
            return new BenchReport(
                    conditions(), run(WORKER, slots, ofObserved), Optional.of(run(UNOBSERVED, slots, ofPlain)));
        }
    }

    /** A queue beside the first one, on the same servers. */
    private Map<String, String> otherTopics() {
        Map<String, String> other = new HashMap<>(servers);
        for (String topic : List.of("JOBS", "EVENTS", "RETRY", "CONTROL")) {
            other.put("DARKROOM_KAFKA_TOPICS_" + topic, "unobserved." + topic.toLowerCase(Locale.ROOT));
        }
        other.put("DARKROOM_KAFKA_TOPICS_DEAD_LETTERS", "dlq.unobserved.jobs");
        other.put("DARKROOM_KAFKA_GROUP", "unobserved");
        return other;
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
