package dev.darkroom.worker.intake;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.WaitingRecords.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One membership in the group that moves records from the retry topic back to where they came from, with what it has
 * read. For one thread.
 */
final class MoveSession implements AutoCloseable, ConsumerRebalanceListener {
    private static final Logger LOG = LoggerFactory.getLogger(MoveSession.class);
    private static final Duration LONGEST_POLL = Duration.ofMillis(100);
    private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);
    static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** How long the retries wait when a worker dies: until the broker gives its partitions to another one. */
    private static final int SESSION_TIMEOUT_MILLIS = 10_000;

    /** A heartbeat is when a member hears that partitions change hands. */
    private static final int HEARTBEAT_MILLIS = 1_000;

    private static final int RECORDS_A_POLL = 500;
    private static final int BYTES_A_FETCH = 8 << 20;
    private static final int MOST_RECORDS = 10_000;
    private static final long MOST_BYTES = 64 << 20;

    private final Consumer<byte[], byte[]> consumer;
    private final LaneProducer producer;
    private final TopicsConfig topics;
    private final DeadLetters deadLetters;
    private final InstantSource clock;
    private final WaitingRecords waiting = new WaitingRecords(MOST_RECORDS, MOST_BYTES);
    private final Map<TopicPartition, MoveProgress> progress = new HashMap<>();
    private final Set<TopicPartition> uncommitted = new HashSet<>();
    private boolean metadataRefused;

    /** Joins the group. */
    MoveSession(KafkaConfig kafka, String clientId, InstantSource clock) {
        this.topics = kafka.topics();
        this.deadLetters = new DeadLetters(topics.deadLetters());
        this.clock = clock;
        this.producer = new LaneProducer(kafka, clientId);
        try {
            this.consumer = new KafkaConsumer<>(
                    properties(kafka, clientId), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        } catch (KafkaException e) {
            producer.close();
            throw e;
        }
        consumer.subscribe(Set.of(topics.retry()), this);
    }

    /**
     * Reads what there is, moves what is due, commits what was moved; takes about a tenth of a second if there is nothing.
     *
     * @throws IntakeException when a record could not be moved; the session is of no more use then
     * @throws KafkaException the same, for the consumer
     */
    void step() throws IntakeException {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(untilNextDue())) {
            if (progressOf(partitionOf(record)).read(record.offset())) {
                waiting.add(new Waiting(record, RetryHeaders.due(JobRecord.of(record, 1), clock.instant())));
            }
        }
        try {
            moveDue();
        } finally {
            commit();
        }
        throttle();
    }

    private Duration untilNextDue() {
        Duration wait = waiting.nextDue()
                .map(due -> Duration.between(clock.instant(), due))
                .filter(left -> left.compareTo(LONGEST_POLL) < 0)
                .orElse(LONGEST_POLL);
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private void moveDue() throws IntakeException {
        Instant now = clock.instant();
        List<Waiting> due = waiting.takeDue(now, RECORDS_A_POLL);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Waiting next : due) {
            sent.add(producer.send(moved(next.record(), MoveSession::isKept)));
        }
        Optional<IntakeException> failure = Optional.empty();
        for (int i = 0; i < due.size(); i++) {
            try {
                confirm(due.get(i), sent.get(i));
            } catch (IntakeException e) {
                failure = Optional.of(e);
            }
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private void confirm(Waiting moved, Future<RecordMetadata> sent) throws IntakeException {
        String position = JobRecord.of(moved.record(), 1).position();
        try {
            LaneProducer.await(sent, topics.retry());
            LOG.debug("The job at {} is back", position);
        } catch (RecordTooLargeException e) {
            moveWithoutForeignHeaders(moved.record(), position);
        }
        progressOf(moved.partition()).moved(moved.record().offset());
        uncommitted.add(moved.partition());
    }

    /**
     * The record as it goes back: key, value and headers as they are, but for those that only the retry topic needs. What
     * is no job goes back too: the workers deal with it as with all such records.
     */
    private ProducerRecord<byte[], byte[]> moved(ConsumerRecord<byte[], byte[]> record, Predicate<Header> kept) {
        String origin = RetryHeaders.origin(JobRecord.of(record, 1), topics);
        ProducerRecord<byte[], byte[]> moved = new ProducerRecord<>(origin, null, record.key(), record.value());
        for (Header header : record.headers()) {
            if (kept.test(header)) {
                moved.headers().add(header);
            }
        }
        return moved;
    }

    private static boolean isKept(Header header) {
        return !header.key().equals(RetryHeaders.NOT_BEFORE) && !header.key().equals(RetryHeaders.ORIGIN);
    }

    /**
     * A job came from the topic that is too small for it now, so at least its key and value fit, and its attempt. What does
     * not fit even so never came from there.
     */
    private void moveWithoutForeignHeaders(ConsumerRecord<byte[], byte[]> record, String position)
            throws IntakeException {
        ProducerRecord<byte[], byte[]> bare =
                moved(record, header -> header.key().equals(RetryHeaders.ATTEMPT));
        try {
            LaneProducer.await(producer.send(bare), bare.topic());
            LOG.warn("The job at {} is back without its headers: {} takes no larger records", position, bare.topic());
        } catch (RecordTooLargeException e) {
            bury(record, bare.topic() + " takes no records that large (max.message.bytes)");
        }
    }

    /** What cannot go back is put where people look for it, as much of it as fits. Nobody is told of it otherwise. */
    private void bury(ConsumerRecord<byte[], byte[]> record, String why) throws IntakeException {
        JobRecord job = JobRecord.of(record, 1);
        String reason = "The job could not be moved back from " + job.position() + ": " + why;
        for (DeadLetters.Extent extent : DeadLetters.Extent.values()) {
            OutgoingRecord letter =
                    deadLetters.of(job, FailureCode.INTERNAL, reason, RetryHeaders.attempt(job), extent);
            try {
                LaneProducer.await(producer.send(letter.forProducer()), letter.topic());
                LOG.error("{}; it is in {}", reason, letter.topic());
                return;
            } catch (RecordTooLargeException e) {
                LOG.debug("A dead letter of extent {} is too large", extent, e);
            }
        }
        LOG.error("{}; {} does not even take its cause, and it is given up", reason, topics.deadLetters());
    }

    private void commit() {
        if (uncommitted.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(positions(), COMMIT_TIMEOUT);
        } catch (RebalanceInProgressException e) {
            // The next poll takes part in it; until then there is time for another try.
            return;
        } catch (OffsetMetadataTooLarge e) {
            LOG.warn("The broker's offset.metadata.max.bytes is below its default of 4096: when the retry topic's"
                    + " partitions change hands, more records may be moved twice");
            metadataRefused = true;
            consumer.commitSync(positions(), COMMIT_TIMEOUT);
        }
        uncommitted.clear();
    }

    private Map<TopicPartition, OffsetAndMetadata> positions() {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : uncommitted) {
            OffsetAndMetadata position = progressOf(partition).position();
            positions.put(partition, metadataRefused ? new OffsetAndMetadata(position.offset()) : position);
        }
        return positions;
    }

    /** Reads on only where and while there is room. */
    private void throttle() {
        Set<TopicPartition> full = new HashSet<>(consumer.assignment());
        full.removeIf(partition -> !waiting.isFull() && !progressOf(partition).isSpanFull());
        Set<TopicPartition> others = new HashSet<>(consumer.assignment());
        others.removeAll(full);
        consumer.pause(full);
        consumer.resume(others);
    }

    private MoveProgress progressOf(TopicPartition partition) {
        return Objects.requireNonNull(progress.get(partition), "A record of a partition that is not assigned");
    }

    private static TopicPartition partitionOf(ConsumerRecord<byte[], byte[]> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions), COMMIT_TIMEOUT);
        partitions.forEach(
                partition -> progress.put(partition, MoveProgress.of(Optional.ofNullable(committed.get(partition)))));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        commit();
        onPartitionsLost(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        waiting.forget(partitions);
        progress.keySet().removeAll(partitions);
        uncommitted.removeAll(partitions);
    }

    private static Map<String, Object> properties(KafkaConfig kafka, String clientId) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, kafka.retryGroup());
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MILLIS);
        properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MILLIS);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // A worker may write a retry in a transaction: what it aborts was never said.
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_A_POLL);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, BYTES_A_FETCH);
        return properties;
    }

    /** Leaves the group, so that another worker has the partitions at once. */
    @Override
    public void close() {
        try {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        } catch (KafkaException e) {
            LOG.warn("The consumer of {} did not close cleanly: {}", topics.retry(), e.toString());
        } finally {
            producer.close();
        }
    }
}
