package dev.darkroom.worker;

import dev.darkroom.worker.bench.Arrivals;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a whole worker gets to do in {@code bench --jobs}, and how it is set up. */
final class WorkerLoadOptions {
    /** What a run is held against. */
    enum Baseline {
        /** One job at a time: one slot, so that no two jobs share a call. */
        BATCH1,
        /** A batch at a time: as many jobs as fill a call, and others once all of them have their latents. */
        BATCHES,
        /** Without meters and spans, in turns with a worker that has both. */
        UNOBSERVED
    }

    @Option(
            names = "--jobs",
            required = true,
            paramLabel = "N",
            description = "Jobs of one picture each, through a whole worker with a broker and a bucket.")
    private int jobs;

    @Option(
            names = "--arrivals",
            paramLabel = "WHEN",
            converter = ArrivalsConverter.class,
            defaultValue = "all",
            description = "all: at once; poisson:R: R a second, with random gaps. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // picocli sets it to its default
    private Arrivals arrivals;

    @Option(
            names = "--slots",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Jobs at a time, as the worker's setting: 1-64, or 0 for what fills a call. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // the same
    private String slots;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of a picture. Default: the scheduler's.")
    private @Nullable Integer steps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of the first picture (the next has N + 1) and of the gaps. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Jobs before those that count. Default: five at a time for three quarters of a minute.")
    private @Nullable Integer warmUp;

    @Option(
            names = "--compare",
            paramLabel = "WITH",
            description =
                    "The same in another way, in turns. batch1: one job at a time; unobserved: without meters and spans, the first with"
                            + " both; each with a second worker, which has the model once more. batches: jobs that fill a call, then"
                            + " the next.")
    private @Nullable Baseline compare;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "PT30M",
            description =
                    "Of the jobs before those that count, and of those that do, of each turn. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // the same
    private Duration timeout;

    @Option(
            names = "--bucket-latency",
            paramLabel = "MS",
            converter = BucketLatencyConverter.class,
            defaultValue = "0",
            description =
                    "Each request of the worker to the bucket is answered so many milliseconds later, as from a store"
                            + " that is not on this machine: 0-10000. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // the same
    private Duration bucketLatency;

    @Option(
            names = "--embedded",
            paramLabel = "JAR",
            defaultValue = "deploy/embedded/target/darkroom-embedded.jar",
            description = "Broker and bucket, or a class path with them. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init") // the same
    private String embedded;

    /**
     * The load that is asked for.
     *
     * @param size of a picture's side in pixels; the model's native one when empty
     * @throws IllegalArgumentException when an option is out of its range, or no job can be like that
     */
    WorkerLoad load(Optional<Integer> size) {
        return new WorkerLoad(
                jobs, Optional.ofNullable(warmUp), arrivals, Optional.ofNullable(steps), size, seed, timeout);
    }

    /** As the worker's setting; its values are checked with the others'. */
    String slots() {
        return slots;
    }

    /** By which the bucket answers later. */
    Duration bucketLatency() {
        return bucketLatency;
    }

    Optional<Baseline> compare() {
        return Optional.ofNullable(compare);
    }

    String embedded() {
        return embedded;
    }
}
