package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.ClusterAdmin;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobGroup;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.MoveProgress;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.lag.QueueOffsets.Progress;
import dev.darkroom.worker.lag.QueueOffsets.Shape;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Looks at a queue from outside, without being a member of any group: the topics of its lanes, its retries and its events.
 * Each record is read once. Belongs to one thread.
 */
final class QueueReader implements AutoCloseable {
    /** So far back jobs and events are read at first; of older ones is known that they are there. */
    static final int MOST_RECORDS = 2_000;

    private static final int MOST_RECORDS_TOGETHER = 10_000;
    private static final int FETCH_BYTES = 1 << 20;
    private static final int PARTITION_BYTES = 256 << 10;
    private static final int RECORDS_A_POLL = 100;
    private static final Duration POLL = Duration.ofMillis(200);

    /** What is not read within this time is read the next time. */
    private static final Duration LONGEST_READ = Duration.ofSeconds(3);

    private final KafkaConfig kafka;
    private final List<Lane> lanes;
    private final InstantSource clock;
    private final QueueOffsets offsets;
    private final Consumer<byte[], byte[]> consumer;
    private final Map<String, Shape> shapes;
    private final Set<TopicPartition> partitions = new HashSet<>();
    private final Workload work;

    private QueueReader(
            WorkerConfig config,
            InstantSource clock,
            StepTimes times,
            QueueOffsets offsets,
            Consumer<byte[], byte[]> consumer,
            int depth)
            throws IntakeException {
        this.kafka = config.kafka();
        this.lanes = config.lanes().taken();
        this.clock = clock;
        this.offsets = offsets;
        this.consumer = consumer;
        this.shapes = offsets.shapes(topics());
        shapes.forEach((topic, shape) -> IntStream.range(0, shape.partitions())
                .forEach(partition -> partitions.add(new TopicPartition(topic, partition))));
        int most = Math.max(1, Math.min(MOST_RECORDS, MOST_RECORDS_TOGETHER / Math.max(1, partitions.size())));
        this.work = new Workload(config.lag(), times, most);
        consumer.assign(partitions);
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, QueueOffsets.ANSWER);
        consumer.endOffsets(partitions, QueueOffsets.ANSWER).forEach((at, end) -> {
            long from = Math.max(Objects.requireNonNull(begins.get(at)), end - Math.min(depth, most));
            consumer.seek(at, from);
            work.open(at, from);
        });
    }

    /**
     * Connects.
     *
     * @param times learns what the models take
     * @param depth how many records of a partition that are there already are read at most; the others are counted
     * @throws IntakeException when Kafka does not answer
     * @throws KafkaException the same
     */
    static QueueReader open(WorkerConfig config, InstantSource clock, StepTimes times, int depth)
            throws IntakeException {
        DeliveryConfig.Mode mode;
        try (ClusterAdmin cluster = ClusterAdmin.connect(config.kafka())) {
            mode = JobGroup.choose(cluster, config.kafka(), config.delivery()).mode();
        }
        QueueOffsets offsets = new QueueOffsets(config.kafka(), mode);
        try {
            Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    properties(config.kafka(), mode), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            try {
                return new QueueReader(config, clock, times, offsets, consumer, depth);
            } catch (IntakeException | RuntimeException e) {
                consumer.close(CloseOptions.timeout(Duration.ZERO));
                throw e;
            }
        } catch (IntakeException | RuntimeException e) {
            offsets.close();
            throw e;
        }
    }

    private static Map<String, Object> properties(KafkaConfig kafka, DeliveryConfig.Mode mode) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "darkroom-lag");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // What the workers' group does: a share group takes records of open transactions.
        properties.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                mode == DeliveryConfig.Mode.SHARE ? "read_uncommitted" : "read_committed");
        QueueOffsets.unwatched(properties);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_BYTES);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_A_POLL);
        properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) QueueOffsets.ANSWER.toMillis());
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) QueueOffsets.ANSWER.toMillis());
        return properties;
    }

    private Set<String> topics() {
        Set<String> topics =
                new HashSet<>(Set.of(kafka.topics().retry(), kafka.topics().events()));
        lanes.forEach(lane -> topics.add(kafka.topics().jobs(lane)));
        return topics;
    }

    /** Whether a topic is another one by now, or has got partitions: then another reader has to be opened. */
    boolean hasChanged() throws IntakeException {
        return !offsets.shapes(topics()).equals(shapes);
    }

    /**
     * How much work there is now. The groups are asked first, then all is read that was there by then: a job that they call
     * settled has told its end before.
     */
    LagReading read() throws IntakeException {
        Map<Lane, Map<TopicPartition, Progress>> groups = new EnumMap<>(Lane.class);
        for (Lane lane : lanes) {
            groups.put(lane, offsets.progress(lane));
        }
        Map<TopicPartition, OffsetAndMetadata> retries = offsets.retries();
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, QueueOffsets.ANSWER);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, QueueOffsets.ANSWER);
        catchUp(ends);
        Map<Lane, Map<TopicPartition, Unsettled>> open = new EnumMap<>(Lane.class);
        groups.forEach((lane, group) -> {
            Map<TopicPartition, Unsettled> unsettled = new HashMap<>();
            of(kafka.topics().jobs(lane)).forEach(at -> {
                Progress progress = group.getOrDefault(at, new Progress(0, OptionalLong.empty()));
                long start = Math.max(begins.getOrDefault(at, 0L), progress.start());
                unsettled.put(at, new Unsettled(start, position(at), end(at, ends), progress.lag(), offset -> true));
            });
            open.put(lane, unsettled);
        });
        return work.reading(clock.instant(), open, retries(retries, begins, ends));
    }

    private Map<TopicPartition, Unsettled> retries(
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> begins,
            Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Unsettled> unsettled = new HashMap<>();
        of(kafka.topics().retry()).forEach(at -> {
            Optional<OffsetAndMetadata> offset = Optional.ofNullable(committed.get(at));
            MoveProgress progress = MoveProgress.of(offset);
            long start = Math.max(
                    begins.getOrDefault(at, 0L),
                    offset.map(OffsetAndMetadata::offset).orElse(0L));
            unsettled.put(at, new Unsettled(start, position(at), end(at, ends), OptionalLong.empty(), progress::read));
        });
        return unsettled;
    }

    private List<TopicPartition> of(String topic) {
        return partitions.stream().filter(at -> at.topic().equals(topic)).toList();
    }

    private long position(TopicPartition at) {
        return consumer.position(at, QueueOffsets.ANSWER);
    }

    /** New records may have come while others were read. */
    private long end(TopicPartition at, Map<TopicPartition, Long> ends) {
        return Math.max(position(at), ends.getOrDefault(at, 0L));
    }

    private void catchUp(Map<TopicPartition, Long> ends) {
        Instant limit = clock.instant().plus(LONGEST_READ);
        while (clock.instant().isBefore(limit)
                && ends.entrySet().stream().anyMatch(end -> position(end.getKey()) < end.getValue())) {
            List<ConsumerRecord<byte[], byte[]>> events = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.topic().equals(kafka.topics().events())) {
                    events.add(record);
                } else {
                    add(record);
                }
            }
            // Behind the jobs that they tell of.
            events.forEach(record -> RecordReader.event(JobRecord.of(record, 1)).ifPresent(work::take));
        }
    }

    private void add(ConsumerRecord<byte[], byte[]> from) {
        TopicPartition at = new TopicPartition(from.topic(), from.partition());
        JobRecord record = JobRecord.of(from, 1);
        boolean retry = from.topic().equals(kafka.topics().retry());
        String topic = retry ? RetryHeaders.origin(record, kafka.topics()) : from.topic();
        Instant due = retry ? RetryHeaders.due(record, clock.instant()) : record.timestamp();
        kafka.topics().lane(topic).ifPresent(lane -> work.add(at, RecordReader.waiting(record, lane, due)));
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        offsets.close();
    }
}
