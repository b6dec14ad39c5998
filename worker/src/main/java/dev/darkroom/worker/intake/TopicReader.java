package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Topics as they are now: all their partitions, without a group. When one has got more partitions, or was deleted and made
 * anew, this reader {@link #hasChanged} and another has to be opened. Belongs to one thread. What Kafka cannot do is a
 * {@link KafkaException}.
 */
final class TopicReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Scope scope;
    private final Duration checkInterval;
    private final Admin admin;
    private final Consumer<byte[], byte[]> consumer;
    private final Map<String, Shape> shapes;
    private final Map<TopicPartition, Long> ends;
    private long checkedNanos = System.nanoTime();

    /**
     * What is read.
     *
     * @param lastRecords how many records of each partition at most of those that are there at the opening, the newest
     * @param fetchBytes of one fetch, whatever the partitions
     */
    record Scope(Set<String> topics, long lastRecords, int fetchBytes) {
        Scope {
            topics = Set.copyOf(topics);
        }
    }

    /** What makes it another topic to read: one that is made anew has another id. */
    private record Shape(Uuid id, int partitions) {}

    private TopicReader(Scope scope, Duration checkInterval, Admin admin, Consumer<byte[], byte[]> consumer) {
        this.scope = scope;
        this.checkInterval = checkInterval;
        this.admin = admin;
        this.consumer = consumer;
        this.shapes = shapes();
        List<TopicPartition> partitions = new ArrayList<>();
        shapes.forEach((topic, shape) -> IntStream.range(0, shape.partitions())
                .forEach(partition -> partitions.add(new TopicPartition(topic, partition))));
        consumer.assign(partitions);
        this.ends = consumer.endOffsets(partitions, ANSWER);
        consumer.beginningOffsets(partitions, ANSWER)
                .forEach((partition, beginning) ->
                        consumer.seek(partition, Math.max(beginning, end(partition) - scope.lastRecords())));
    }

    /**
     * Connects, and looks at the topics.
     *
     * @param checkInterval how often to look whether a topic has changed
     */
    static TopicReader open(KafkaConfig kafka, String clientId, Scope scope, Duration checkInterval) {
        Admin admin = Admin.create(adminProperties(kafka, clientId));
        try {
            Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    consumerProperties(kafka, clientId, scope),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer());
            try {
                return new TopicReader(scope, checkInterval, admin, consumer);
            } catch (RuntimeException e) {
                closeUninterrupted(consumer);
                throw e;
            }
        } catch (RuntimeException e) {
            admin.close(CLOSE);
            throw e;
        }
    }

    private static Map<String, Object> adminProperties(KafkaConfig kafka, String clientId) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, clientId + "-admin");
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        return properties;
    }

    private static Map<String, Object> consumerProperties(KafkaConfig kafka, String clientId, Scope scope) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // Retention may overtake the position; what is left is then read from its beginning.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // A request that its sender took back is none.
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, scope.fetchBytes());
        return properties;
    }

    private long end(TopicPartition partition) {
        return Optional.ofNullable(ends.get(partition)).orElseThrow();
    }

    /** How many partitions the topics have together. */
    int partitions() {
        return ends.size();
    }

    /** The next records, of each partition in order; none if none came within a moment. */
    Iterable<ConsumerRecord<byte[], byte[]>> poll() {
        return consumer.poll(POLL);
    }

    /** Whether all that was there at the opening has been read. */
    boolean isCaughtUp() {
        return ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey(), ANSWER) >= end.getValue());
    }

    /** Whether one of them is another topic by now. The answer is false while it is not time to look. */
    boolean hasChanged() {
        if (System.nanoTime() - checkedNanos < checkInterval.toNanos()) {
            return false;
        }
        checkedNanos = System.nanoTime();
        return !shapes().equals(shapes);
    }

    private Map<String, Shape> shapes() {
        try {
            Map<String, Shape> found = new HashMap<>();
            admin.describeTopics(scope.topics())
                    .allTopicNames()
                    .get(2 * ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                    .forEach((name, topic) -> found.put(
                            name, new Shape(topic.topicId(), topic.partitions().size())));
            return found;
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (TimeoutException e) {
            throw new KafkaException("Kafka does not answer", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        }
    }

    @Override
    public void close() {
        try (admin) {
            closeUninterrupted(consumer);
        }
    }

    /** An interrupted thread cannot close a consumer in order; the flag is set again afterwards. */
    private static void closeUninterrupted(Consumer<byte[], byte[]> consumer) {
        boolean interrupted = Thread.interrupted();
        try {
            consumer.close(CloseOptions.timeout(CLOSE));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
