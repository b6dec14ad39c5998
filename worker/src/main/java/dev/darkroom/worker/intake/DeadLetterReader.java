package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the dead letters that were there when it was opened, without a group: it leaves no trace. Not thread-safe.
 */
public final class DeadLetterReader implements AutoCloseable {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int BYTES_A_FETCH = 8 << 20;

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Map<TopicPartition, Long> begins;
    private final Map<TopicPartition, Long> ends;

    private DeadLetterReader(
            Consumer<byte[], byte[]> consumer,
            String topic,
            Map<TopicPartition, Long> begins,
            Map<TopicPartition, Long> ends) {
        this.consumer = consumer;
        this.topic = topic;
        this.begins = begins;
        this.ends = ends;
    }

    /**
     * Looks up what there is, and begins at the oldest letters.
     *
     * @throws IntakeException when Kafka does not answer or there is no such topic
     */
    public static DeadLetterReader open(KafkaConfig kafka) throws IntakeException {
        // Its absence is told soon and by the setting's name.
        ClusterAdmin.connect(kafka).close();
        String topic = kafka.topics().deadLetters();
        Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties(kafka), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            return open(consumer, topic);
        } catch (KafkaException e) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            throw unreadable(topic, e);
        } catch (IntakeException e) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            throw e;
        }
    }

    private static DeadLetterReader open(Consumer<byte[], byte[]> consumer, String topic) throws IntakeException {
        List<TopicPartition> partitions = consumer.partitionsFor(topic, CALL_TIMEOUT).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new IntakeException(
                    "There is no topic " + topic + " (setting kafka.topics.dead-letters). The command init creates it");
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return new DeadLetterReader(
                consumer,
                topic,
                consumer.beginningOffsets(partitions, CALL_TIMEOUT),
                consumer.endOffsets(partitions, CALL_TIMEOUT));
    }

    /**
     * The next letters, of each partition in the order of their offsets.
     *
     * @return none when all have been read that were there when the reader was opened
     */
    public List<DeadLetter> next() throws IntakeException {
        long deadline = System.nanoTime() + CALL_TIMEOUT.toNanos();
        List<DeadLetter> letters = new ArrayList<>();
        while (letters.isEmpty() && !isAtEnd()) {
            for (ConsumerRecord<byte[], byte[]> record : poll(deadline)) {
                if (record.offset() < ends.getOrDefault(partitionOf(record), 0L)) {
                    letters.add(new DeadLetter(JobRecord.of(record, 1)));
                }
            }
        }
        return letters;
    }

    /** The letter at a position, if there is one. Reading goes on behind it, in its partition alone. */
    public Optional<DeadLetter> find(LetterPosition position) throws IntakeException {
        TopicPartition partition = new TopicPartition(topic, position.partition());
        if (position.offset() < begins.getOrDefault(partition, 0L)
                || position.offset() >= ends.getOrDefault(partition, 0L)) {
            return Optional.empty();
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, position.offset());
        List<DeadLetter> behind = next();
        return behind.stream()
                .filter(letter -> letter.position().equals(position))
                .findFirst();
    }

    private boolean isAtEnd() {
        return consumer.assignment().stream()
                .allMatch(partition -> consumer.position(partition, CALL_TIMEOUT) >= ends.getOrDefault(partition, 0L));
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> poll(long deadline) throws IntakeException {
        try {
            Iterable<ConsumerRecord<byte[], byte[]>> records = consumer.poll(POLL);
            if (!records.iterator().hasNext() && System.nanoTime() - deadline > 0) {
                throw new IntakeException("Kafka gives no records of " + topic + " for " + CALL_TIMEOUT);
            }
            return records;
        } catch (KafkaException e) {
            throw unreadable(topic, e);
        }
    }

    private static TopicPartition partitionOf(ConsumerRecord<byte[], byte[]> record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private static IntakeException unreadable(String topic, KafkaException cause) {
        return new IntakeException(
                "The dead letters in " + topic + " cannot be read (setting kafka.topics.dead-letters): "
                        + cause.getMessage(),
                cause);
    }

    private static Map<String, Object> properties(KafkaConfig kafka) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "darkroom-dead-letters");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, BYTES_A_FETCH);
        return properties;
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(5)));
    }
}
