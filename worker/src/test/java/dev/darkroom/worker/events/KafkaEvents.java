package dev.darkroom.worker.events;

import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** An events topic of its own on a running broker, and how a consumer sees it. */
final class KafkaEvents {
    private final KafkaConfig kafka;

    private KafkaEvents(KafkaConfig kafka) {
        this.kafka = kafka;
    }

    static KafkaEvents create(String bootstrapServers) throws Exception {
        KafkaEvents events = new KafkaEvents(config(bootstrapServers));
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(events.topic(), 1, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
        return events;
    }

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

    private String topic() {
        return kafka.topics().events();
    }

    List<EventPublisherContract.Published> published(int count) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        List<EventPublisherContract.Published> published = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while ((published.size() < count || consumer.position(partition) < end)
                    && System.nanoTime() - deadline < 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    published.add(published(record));
                }
            }
        }
        return published;
    }

    private static EventPublisherContract.Published published(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new LinkedHashMap<>();
        record.headers()
                .forEach(header -> headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return new EventPublisherContract.Published(
                new String(record.key(), StandardCharsets.UTF_8),
                headers,
                new String(record.value(), StandardCharsets.UTF_8));
    }
}
