package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A queue of its own on a running broker, set up as {@code init} does it, and a producer for it. */
final class QueueFixture implements AutoCloseable {
    /** One slot, for jobs of the normal lane. */
    static final LanesConfig NORMAL = new LanesConfig(1, 0, 1, 0);

    private final KafkaConfig kafka;
    private final DeliveryConfig delivery;
    private final Producer<byte[], byte[]> producer;

    private final Lane lane;

    private QueueFixture(KafkaConfig kafka, DeliveryConfig delivery, Lane lane) {
        this.kafka = kafka;
        this.delivery = delivery;
        this.lane = lane;
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** A queue of one partition for a share group. */
    static QueueFixture create(String bootstrapServers, Duration lock) throws IntakeException {
        return create(bootstrapServers, lock, DeliveryConfig.Mode.SHARE, 1, Lane.NORMAL);
    }

    static QueueFixture create(
            String bootstrapServers, Duration lock, DeliveryConfig.Mode mode, int partitions, Lane lane)
            throws IntakeException {
        KafkaConfig kafka = config(bootstrapServers, partitions);
        DeliveryConfig delivery = new DeliveryConfig(mode, lock, 5, Duration.ofSeconds(10), false);
        try (ClusterAdmin cluster = ClusterAdmin.connect(kafka)) {
            new JobTopics(cluster, kafka.topics()).createMissing();
            JobGroup.choose(cluster, kafka, delivery).setUp(cluster);
        }
        return new QueueFixture(kafka, delivery, lane);
    }

    /** Names that no other test uses. */
    static KafkaConfig config(String bootstrapServers) {
        return config(bootstrapServers, 1);
    }

    private static KafkaConfig config(String bootstrapServers, int partitions) {
        String name = UUID.randomUUID().toString();
        TopicsConfig topics = new TopicsConfig(
                "jobs-" + name,
                "events-" + name,
                "retry-" + name,
                "control-" + name,
                "dlq.jobs-" + name,
                partitions,
                OptionalInt.empty());
        return new KafkaConfig(bootstrapServers, Map.of(), topics, "group-" + name);
    }

    KafkaConfig kafka() {
        return kafka;
    }

    DeliveryConfig delivery() {
        return delivery;
    }

    /** The topic of the lane that this queue's tests use. */
    String jobs() {
        return kafka.topics().jobs(lane);
    }

    /** One slot, for jobs of that lane. */
    LanesConfig lanes() {
        return new LanesConfig(1, lane == Lane.HIGH ? 1 : 0, lane == Lane.NORMAL ? 1 : 0, lane == Lane.LOW ? 1 : 0);
    }

    /** Into the first partition of a lane's topic. */
    RecordMetadata produce(Lane to, String value) throws Exception {
        return produce(new ProducerRecord<>(kafka.topics().jobs(to), 0, null, value.getBytes(StandardCharsets.UTF_8)));
    }

    /** Into the first partition. */
    RecordMetadata produce(String value) throws Exception {
        return produce(0, value);
    }

    /** Into that partition, or the last one if there are fewer. */
    RecordMetadata produce(int partition, String value) throws Exception {
        int last = kafka.topics().partitions() - 1;
        return produce(
                new ProducerRecord<>(jobs(), Math.min(partition, last), null, value.getBytes(StandardCharsets.UTF_8)));
    }

    RecordMetadata produce(ProducerRecord<byte[], byte[]> record) throws Exception {
        return producer.send(record).get(30, TimeUnit.SECONDS);
    }

    /** Waits for so many records of a topic, as a reader sees it that skips aborted transactions. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic, int count) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList());
            Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while ((records.size() < count
                            || ends.entrySet().stream()
                                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue()))
                    && System.nanoTime() - deadline < 0) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
