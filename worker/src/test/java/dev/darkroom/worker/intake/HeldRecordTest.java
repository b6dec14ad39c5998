package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What deploy/README.md counts on for large fleets: a partition's locks bound the jobs that are out at once, not how far the
 * others get while one job takes long.
 */
class HeldRecordTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String NAME = "held";
    private static final int LOCKS = 100; // the fewest that a broker allows
    private static final int JOBS = LOCKS + 10; // less than the lock of a minute takes

    @TempDir
    private Path data;

    @Test
    void aLongJobDoesNotStopTheOthersOfItsPartition() throws Exception {
        try (EmbeddedKafka kafka = TestBroker.start(data)) {
            prepare(kafka.bootstrapServers());
            try (ShareConsumer<byte[], byte[]> holder = consumer(kafka.bootstrapServers());
                    ShareConsumer<byte[], byte[]> other = consumer(kafka.bootstrapServers())) {
                assertThat(next(holder).offset()).isZero();
                for (int done = 1; done < JOBS; done++) {
                    other.acknowledge(next(other));
                    other.commitSync();
                }
            }
        }
    }

    private static ConsumerRecord<byte[], byte[]> next(ShareConsumer<byte[], byte[]> consumer) {
        Instant end = Instant.now().plus(LIMIT);
        while (Instant.now().isBefore(end)) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofMillis(200));
            if (!polled.isEmpty()) {
                return polled.iterator().next();
            }
        }
        throw new AssertionError("No job within " + LIMIT);
    }

    private static void prepare(String brokers) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            admin.createTopics(List.of(new NewTopic(NAME, 1, (short) 1))).all().get();
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.GROUP, NAME),
                            List.of(
                                    set("share.partition.max.record.locks", Integer.toString(LOCKS)),
                                    set("share.record.lock.duration.ms", "60000"),
                                    set("share.auto.offset.reset", "earliest"))))
                    .all()
                    .get();
        }
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < JOBS; i++) {
                producer.send(new ProducerRecord<>(NAME, new byte[] {1})).get();
            }
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static ShareConsumer<byte[], byte[]> consumer(String brokers) {
        ShareConsumer<byte[], byte[]> consumer = new KafkaShareConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        brokers,
                        "group.id",
                        NAME,
                        "share.acknowledgement.mode",
                        "explicit",
                        "share.acquire.mode",
                        "record_limit",
                        "max.poll.records",
                        "1"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(NAME));
        return consumer;
    }
}
