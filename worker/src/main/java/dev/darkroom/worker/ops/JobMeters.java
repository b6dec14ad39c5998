package dev.darkroom.worker.ops;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.Timings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is counted of jobs. Labels have few values each: a model is one of the catalogue's, a lane one of three. Safe for use
 * by several threads.
 */
final class JobMeters {
    /** The model of a job that ended before its model was known. */
    static final String NO_MODEL = "none";

    private static final Duration[] PHASE_BOUNDS = seconds(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800);
    private static final List<String> PHASES =
            List.of("queue", "prepare", "denoise", "decode", "encode", "upload", "total");

    private static final List<String> EXPECTED = List.of("completed", "failed");

    private final MeterRegistry registry;
    private final Map<String, Timer> phases = new HashMap<>();
    private final Map<FailureCode, Counter> failures = new EnumMap<>(FailureCode.class);
    private final Map<FailureCode, Counter> deadLetters = new EnumMap<>(FailureCode.class);
    private final Counter uploadRetries;
    private final Counter lostLeases;

    JobMeters(MeterRegistry registry) {
        this.registry = registry;
        for (String phase : PHASES) {
            phases.put(
                    phase,
                    Timer.builder("sd.job.duration")
                            .description("Time of a completed job in a phase")
                            .tag("phase", phase)
                            .serviceLevelObjectives(PHASE_BOUNDS)
                            .register(registry));
        }
        for (FailureCode code : FailureCode.values()) {
            failures.put(code, counter("sd.job.failures", "Jobs that failed, or are tried again", "code", code.name()));
            deadLetters.put(code, counter("sd.dlt", "Jobs put among the dead letters", "reason", code.name()));
        }
        uploadRetries = counter("sd.upload.retries", "Uploads that failed and were tried again");
        lostLeases = counter("sd.lease.losses", "Jobs that another worker got before this one had settled them");
    }

    static Duration[] seconds(double... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofNanos((long) (bounds[i] * 1e9));
        }
        return durations;
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    /**
     * A job's work begins. How it may end counts from 0 before it does: Prometheus sees no increase in a number that was not
     * there, and a worker that is started for a few jobs would have none.
     */
    void begins(String model, String lane) {
        EXPECTED.forEach(outcome -> jobs(outcome, model, lane));
    }

    /** A delivery ended. */
    void ended(String outcome, String model, String lane) {
        jobs(outcome, model, lane).increment();
    }

    private Counter jobs(String outcome, String model, String lane) {
        return counter("sd.jobs", "Deliveries of jobs that ended", "outcome", outcome, "model", model, "lane", lane);
    }

    /** A job has its pictures, which were made here. */
    void completed(JobEvent.Completed job) {
        Timings timings = job.timings();
        record("queue", timings.queued());
        record("prepare", timings.prepare());
        record("denoise", timings.denoise());
        record("decode", timings.decode());
        record("encode", timings.encode());
        record("upload", timings.upload());
        record(
                "total",
                timings.queued()
                        + timings.prepare()
                        + timings.denoise()
                        + timings.decode()
                        + timings.encode()
                        + timings.upload());
        job.images()
                .forEach(image -> counter(
                                "sd.images",
                                "Pictures uploaded",
                                "model",
                                job.model().id(),
                                "format",
                                image.format())
                        .increment());
    }

    private void record(String phase, long millis) {
        Timer timer = phases.get(phase);
        if (timer != null) {
            timer.record(Duration.ofMillis(millis));
        }
    }

    void failed(FailureCode code) {
        increment(failures, code);
    }

    void buried(FailureCode code) {
        increment(deadLetters, code);
    }

    private static void increment(Map<FailureCode, Counter> counters, FailureCode code) {
        Counter counter = counters.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    void uploadFailed() {
        uploadRetries.increment();
    }

    void leaseLost() {
        lostLeases.increment();
    }
}
