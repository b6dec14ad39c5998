package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A queue of its own on a running broker, set up as {@code init} does it, and a producer for it. */
final class QueueFixture implements AutoCloseable {
    private final KafkaConfig kafka;
    private final DeliveryConfig delivery;
    private final Producer<byte[], byte[]> producer;

    private QueueFixture(KafkaConfig kafka, DeliveryConfig delivery) {
        this.kafka = kafka;
        this.delivery = delivery;
        this.producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    static QueueFixture create(String bootstrapServers, Duration lock) throws IntakeException {
        KafkaConfig kafka = config(bootstrapServers);
        DeliveryConfig delivery = new DeliveryConfig(DeliveryConfig.Mode.SHARE, lock, 5, Duration.ofSeconds(10));
        try (ClusterAdmin cluster = ClusterAdmin.connect(kafka)) {
            new JobTopics(cluster, kafka.topics()).createMissing();
            new ShareGroupSetup(cluster, kafka, delivery).apply();
        }
        return new QueueFixture(kafka, delivery);
    }

    /** Names that no other test uses. */
    static KafkaConfig config(String bootstrapServers) {
        String name = UUID.randomUUID().toString();
        TopicsConfig topics = new TopicsConfig(
                "jobs-" + name,
                "events-" + name,
                "retry-" + name,
                "control-" + name,
                "dlq.jobs-" + name,
                1,
                OptionalInt.empty());
        return new KafkaConfig(bootstrapServers, Map.of(), topics, "group-" + name);
    }

    KafkaConfig kafka() {
        return kafka;
    }

    DeliveryConfig delivery() {
        return delivery;
    }

    RecordMetadata produce(String value) throws Exception {
        return produce(new ProducerRecord<>(kafka.topics().jobs(), value.getBytes(StandardCharsets.UTF_8)));
    }

    RecordMetadata produce(ProducerRecord<byte[], byte[]> record) throws Exception {
        return producer.send(record).get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
