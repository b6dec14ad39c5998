package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.intake.IntakeException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** What the brokers have written down of a queue's topics and groups. Belongs to one thread. */
final class QueueOffsets implements AutoCloseable {
    /** A broker that takes longer does not answer. */
    static final Duration ANSWER = Duration.ofSeconds(5);

    private final KafkaConfig kafka;
    private final DeliveryConfig.Mode mode;
    private final Admin admin;

    /** A topic: one that is made anew has another id. */
    record Shape(Uuid id, int partitions) {}

    /**
     * How far a group is in a partition.
     *
     * @param start the first record that may be unsettled
     * @param lag how many are unsettled; empty when nobody counts them
     */
    record Progress(long start, OptionalLong lag) {}

    /**
     * Connects.
     *
     * @param mode share or classic
     */
    QueueOffsets(KafkaConfig kafka, DeliveryConfig.Mode mode) {
        this.kafka = kafka;
        this.mode = mode;
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(AdminClientConfig.CLIENT_ID_CONFIG, "darkroom-lag-admin");
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) ANSWER.toMillis());
        unwatched(properties);
        this.admin = Admin.create(properties);
    }

    /** Without the clients' own metrics, which take more memory here than the queue. */
    static void unwatched(Map<String, Object> properties) {
        properties.putIfAbsent(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
        properties.putIfAbsent(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
    }

    /** Of some topics those that there are. */
    Map<String, Shape> shapes(Collection<String> topics) throws IntakeException {
        Map<String, Shape> shapes = new HashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            await(topic.getValue(), "look up the topic " + topic.getKey(), UnknownTopicOrPartitionException.class)
                    .ifPresent(described -> shapes.put(
                            topic.getKey(),
                            new Shape(
                                    described.topicId(), described.partitions().size())));
        }
        return shapes;
    }

    /** How far the workers are with a lane; nothing of a partition that they never had. */
    Map<TopicPartition, Progress> progress(Lane lane) throws IntakeException {
        return mode == DeliveryConfig.Mode.SHARE ? shareGroup(kafka.group(lane)) : lanesOf(kafka.group(lane));
    }

    private Map<TopicPartition, Progress> shareGroup(String group) throws IntakeException {
        Map<TopicPartition, Progress> progress = new HashMap<>();
        Map<TopicPartition, SharePartitionOffsetInfo> offsets = await(
                        admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                                .partitionsToOffsetInfo(group),
                        "read the offsets of the share group " + group + " (setting kafka.group)",
                        GroupIdNotFoundException.class)
                .orElse(Map.of());
        offsets.forEach((at, offset) -> {
            if (offset != null) { // before anything was written down of the partition
                OptionalLong lag = offset.lag().map(OptionalLong::of).orElse(OptionalLong.empty());
                progress.put(at, new Progress(offset.startOffset(), lag));
            }
        });
        return progress;
    }

    private Map<TopicPartition, Progress> lanesOf(String group) throws IntakeException {
        Map<TopicPartition, Progress> progress = new HashMap<>();
        consumerGroup(group)
                .forEach((at, offset) -> progress.put(at, new Progress(offset.offset(), OptionalLong.empty())));
        return progress;
    }

    /** How far the workers are with the retry topic. */
    Map<TopicPartition, OffsetAndMetadata> retries() throws IntakeException {
        return consumerGroup(kafka.retryGroup());
    }

    private Map<TopicPartition, OffsetAndMetadata> consumerGroup(String group) throws IntakeException {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        await(
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
                        "read the offsets of the group " + group + " (setting kafka.group)",
                        GroupIdNotFoundException.class)
                .orElse(Map.of())
                .forEach((at, offset) -> {
                    if (offset != null) { // of a partition that nothing was committed for
                        offsets.put(at, offset);
                    }
                });
        return offsets;
    }

    /**
     * Waits for an answer.
     *
     * @param what completes "Cannot …" in the message
     * @param absent the error that says that there is no such thing
     */
    private static <T> Optional<T> await(KafkaFuture<T> answer, String what, Class<? extends Throwable> absent)
            throws IntakeException {
        try {
            return Optional.of(answer.get(2 * ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            if (absent.isInstance(e.getCause())) {
                return Optional.empty();
            }
            throw new IntakeException("Cannot " + what + ": " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IntakeException("Cannot " + what + ": Kafka does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IntakeException("Interrupted: cannot " + what, e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
