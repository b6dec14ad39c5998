package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.config.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersTest {
    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Test
    void aDeadLetterIsTheRecordByteForByteWithItsCause() throws Exception {
        try (QueueFixture queue = QueueFixture.create(kafka.bootstrapServers(), Duration.ofSeconds(20));
                DeadLetters letters = new DeadLetters(queue.kafka(), "test")) {
            byte[] value = {(byte) 0xff, 0, (byte) 0xc3, 0x28};
            JobRecord record = record(queue.kafka().topics().jobs(), value);

            letters.send(record, FailureCode.INVALID_JOB, "prompt is missing; width must be 64-2048", 3);

            ConsumerRecord<byte[], byte[]> letter = read(queue.kafka());
            assertThat(letter.key()).isEqualTo(bytes("key"));
            assertThat(letter.value()).isEqualTo(value);
            assertThat(headers(letter))
                    .containsEntry("traceparent", "kept")
                    .containsEntry("darkroom-error-code", "INVALID_JOB")
                    .containsEntry("darkroom-error", "prompt is missing; width must be 64-2048")
                    .containsEntry("darkroom-attempt", "3")
                    .containsEntry(
                            "darkroom-origin-topic", queue.kafka().topics().jobs())
                    .containsEntry("darkroom-origin-partition", "2")
                    .containsEntry("darkroom-origin-offset", "41");
            assertThat(letter.headers().headers("darkroom-attempt")).hasSize(1);
        }
    }

    @Test
    void aLargeRecordIsStillADeadLetter() throws Exception {
        try (QueueFixture queue = QueueFixture.create(kafka.bootstrapServers(), Duration.ofSeconds(20));
                DeadLetters letters = new DeadLetters(queue.kafka(), "test")) {
            byte[] value = new byte[5 << 20];

            letters.send(record(queue.kafka().topics().jobs(), value), FailureCode.INVALID_JOB, "too large", 1);

            assertThat(read(queue.kafka()).value()).hasSize(value.length);
        }
    }

    @Test
    void aRecordThatTheTopicDoesNotTakeLeavesItsCause() throws Exception {
        try (QueueFixture queue = QueueFixture.create(kafka.bootstrapServers(), Duration.ofSeconds(20));
                ClusterAdmin cluster = ClusterAdmin.connect(queue.kafka());
                DeadLetters letters = new DeadLetters(queue.kafka(), "test")) {
            ConfigResource topic = new ConfigResource(
                    ConfigResource.Type.TOPIC, queue.kafka().topics().deadLetters());
            AlterConfigOp small =
                    new AlterConfigOp(new ConfigEntry("max.message.bytes", "1000"), AlterConfigOp.OpType.SET);
            cluster.await(
                    admin -> admin.incrementalAlterConfigs(Map.of(topic, List.of(small)))
                            .all(),
                    "shrink the topic");

            letters.send(record(queue.kafka().topics().jobs(), new byte[5000]), FailureCode.INTERNAL, "odd", 1);

            ConsumerRecord<byte[], byte[]> letter = read(queue.kafka());
            assertThat(letter.value()).isEmpty();
            assertThat(headers(letter))
                    .containsEntry("darkroom-error-code", "INTERNAL")
                    .containsEntry("darkroom-value-omitted", "5000");
        }
    }

    @Test
    void aRecordThatMayNotHaveBeenWrittenIsReported() {
        MockProducer<byte[], byte[]> producer = new MockProducer<>(
                true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
        producer.sendException = new TimeoutException("no metadata");
        try (DeadLetters letters = new DeadLetters(producer, QueueFixture.config("localhost:9092"))) {
            assertThatThrownBy(() -> letters.send(record("jobs", new byte[1]), FailureCode.INTERNAL, "odd", 1))
                    .isInstanceOf(IntakeException.class)
                    .hasMessageContaining("kafka.topics.dead-letters");
        }
    }

    private static JobRecord record(String topic, byte[] value) {
        return new JobRecord(
                topic,
                2,
                41,
                Optional.of(bytes("key")),
                value,
                List.of(
                        new JobRecord.Header("traceparent", bytes("kept")),
                        new JobRecord.Header("darkroom-attempt", bytes("banana"))),
                Instant.EPOCH,
                1);
    }

    private static ConsumerRecord<byte[], byte[]> read(KafkaConfig config) {
        Map<String, Object> properties = config.clientProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(config.topics().deadLetters(), 0)));
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (records.isEmpty() && System.nanoTime() - deadline < 0) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        assertThat(records).hasSize(1);
        return records.get(0);
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
