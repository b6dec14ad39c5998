package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
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
 * What deploy/README.md reckons with for large fleets: a partition's locks bound how far the others get while one job takes
 * long, not how many jobs are out at once.
 */
class HeldRecordTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** So long that the held job does not come again meanwhile, however slow the machine is. */
    private static final Duration LOCK = Duration.ofMinutes(10);

    /** In it the others would get a hundred jobs, were they let. */
    private static final Duration NOTHING = Duration.ofSeconds(2);

    private static final String NAME = "held";
    private static final int LOCKS = 100; // the fewest that a broker allows
    private static final int JOBS = LOCKS + 10;

    @TempDir
    private Path data;

    @Test
    void aLongJobStopsTheOthersOfItsPartitionWhenTheyAreAsFarAsThereAreLocks() throws Exception {
        Map<String, String> settings = new HashMap<>(TestBroker.SETTINGS);
        settings.put("group.share.max.record.lock.duration.ms", Long.toString(LOCK.toMillis()));
        try (EmbeddedKafka kafka = EmbeddedKafka.start(data, 0, settings)) {
            prepare(kafka.bootstrapServers());
            try (ShareConsumer<byte[], byte[]> other = consumer(kafka.bootstrapServers())) {
                try (ShareConsumer<byte[], byte[]> holder = consumer(kafka.bootstrapServers())) {
                    assertThat(next(holder).offset()).isZero();
                    assertThat(doneUpTo(LOCKS - 1, other)).doesNotContain(0L);
                    assertThat(other.poll(NOTHING)).isEmpty();
                }
                assertThat(doneUpTo(JOBS - 1, other)).contains(0L);
            }
        }
    }

    /**
     * The offsets of the next jobs, which are settled, up to that one. An earlier one may be missing: the holder may have one
     * more than it was given, until it closes.
     */
    private static List<Long> doneUpTo(long last, ShareConsumer<byte[], byte[]> consumer) {
        List<Long> offsets = new ArrayList<>();
        do {
            offsets.add(done(consumer));
        } while (offsets.get(offsets.size() - 1) != last);
        return offsets;
    }

    /** The offset of the next job, which is settled. */
    private static long done(ShareConsumer<byte[], byte[]> consumer) {
        ConsumerRecord<byte[], byte[]> job = next(consumer);
        consumer.acknowledge(job);
        consumer.commitSync();
        return job.offset();
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
                                    set("share.record.lock.duration.ms", Long.toString(LOCK.toMillis())),
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
