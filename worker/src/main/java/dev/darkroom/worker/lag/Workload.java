package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.worker.config.LagConfig;
import dev.darkroom.worker.lag.Window.Waiting;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The work of a queue, as far as its records and events tell it: which jobs have not ended, and what they take. Bounded,
 * whatever comes. Not thread-safe.
 */
final class Workload {
    private final LagConfig config;
    private final Replicas replicas;
    private final StepTimes times;
    private final int mostRecords;
    private final Runs runs = new Runs();
    private final Map<TopicPartition, Window> windows = new HashMap<>();
    private final Map<String, JobSize> sizes = new HashMap<>();

    /**
     * Knows nothing yet.
     *
     * @param times what is known of the models; learns from what is read here
     * @param mostRecords of a partition that are kept; of more, the newest
     */
    Workload(LagConfig config, StepTimes times, int mostRecords) {
        this.config = config;
        this.replicas = new Replicas(config);
        this.times = times;
        this.mostRecords = mostRecords;
    }

    /** A partition is read from an offset on. */
    void open(TopicPartition at, long from) {
        windows.put(at, new Window(from, mostRecords, this::forget));
    }

    /** A record of a partition that is open; those of a partition come in the order of their offsets. */
    void add(TopicPartition at, Waiting record) {
        record.id().ifPresent(id -> record.size().ifPresent(size -> sizes.put(id, size)));
        window(at).add(record);
    }

    private Window window(TopicPartition at) {
        return Objects.requireNonNull(windows.get(at), "A partition that was not opened");
    }

    private void forget(Waiting record) {
        record.id().ifPresent(id -> record.size().ifPresent(size -> sizes.remove(id, size)));
    }

    /** Something happened to a job. */
    void take(CloudEvent event) {
        runs.take(event)
                .ifPresent(done -> Optional.ofNullable(sizes.get(done.jobId()))
                        .ifPresent(size -> times.learn(done.model(), size, done.pixels(), done.seconds())));
    }

    /**
     * How much there is of it. What is settled is forgotten.
     *
     * @param lanes each partition of the topics that jobs are taken from
     * @param retry each partition of the retry topic
     */
    LagReading reading(
            Instant now, Map<Lane, Map<TopicPartition, Unsettled>> lanes, Map<TopicPartition, Unsettled> retry) {
        Estimate estimate = new Estimate(now, runs, times);
        Map<Lane, LaneSum> sums = new EnumMap<>(Lane.class);
        lanes.forEach((lane, partitions) -> {
            LaneSum sum = new LaneSum();
            partitions.forEach((at, unsettled) -> estimate.add(trimmed(at, unsettled), unsettled, sum));
            sums.put(lane, sum);
        });
        LaneSum later = new LaneSum();
        retry.forEach((at, unsettled) -> addRetries(trimmed(at, unsettled), unsettled, estimate, sums, later));
        // Of a job that was lost no event tells the end; once nothing is left, nobody is at it.
        long jobs = sums.values().stream().mapToLong(LaneSum::jobs).sum();
        return reading(now, sums, later, (int) Math.min(estimate.busyWorkers(), jobs));
    }

    /** Of those that are not known is not known either when they are due, and where: they are taken for due. */
    private void addRetries(
            Window window, Unsettled unsettled, Estimate estimate, Map<Lane, LaneSum> sums, LaneSum later) {
        window.known().stream()
                .filter(record -> unsettled.open().test(record.offset()))
                .forEach(record -> Optional.ofNullable(sums.get(record.lane()))
                        .ifPresent(sum -> estimate.addRetry(record, config.targetWait(record.lane()), sum, later)));
        long unknown = window.unknown(unsettled.start(), unsettled.end(), unsettled.position());
        Optional.ofNullable(sums.get(Lane.NORMAL))
                .or(() -> sums.values().stream().findFirst())
                .ifPresent(sum -> estimate.addUnknown(unknown, sum));
    }

    private Window trimmed(TopicPartition at, Unsettled unsettled) {
        Window window = window(at);
        window.trim(unsettled.start());
        return window;
    }

    private LagReading reading(Instant now, Map<Lane, LaneSum> sums, LaneSum later, int busy) {
        Map<Lane, LagReading.LaneLag> lanes = new EnumMap<>(Lane.class);
        sums.forEach((lane, sum) -> lanes.put(lane, sum.lag(replicas.of(lane, sum.jobs(), sum.seconds()))));
        double wanted = lanes.values().stream()
                .mapToDouble(LagReading.LaneLag::replicas)
                .sum();
        return new LagReading(
                now,
                lanes,
                new LagReading.Later(later.jobs(), later.seconds()),
                busy,
                replicas.of(wanted, busy),
                times.all());
    }
}
