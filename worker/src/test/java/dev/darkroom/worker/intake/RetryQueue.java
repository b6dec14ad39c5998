package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of a queue, for tests of what is between the retry topic and the jobs topic: writes to one, reads the other. */
final class RetryQueue implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final KafkaConfig kafka;
    private final Producer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> jobs;
    private final List<ConsumerRecord<byte[], byte[]>> back = new ArrayList<>();

    RetryQueue(String bootstrapServers) throws IntakeException {
        this(bootstrapServers, 1);
    }

    RetryQueue(String bootstrapServers, int partitions) throws IntakeException {
        kafka = config(bootstrapServers, partitions);
        try (ClusterAdmin cluster = ClusterAdmin.connect(kafka)) {
            new JobTopics(cluster, kafka.topics()).createMissing();
        }
        Map<String, Object> properties = kafka.clientProperties();
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 8 << 20);
        jobs = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(new TopicPartition(kafka.topics().jobs(), partition));
        }
        jobs.assign(all);
    }

    private static KafkaConfig config(String bootstrapServers, int partitions) {
        KafkaConfig config = QueueFixture.config(bootstrapServers);
        TopicsConfig topics = config.topics();
        return new KafkaConfig(
                bootstrapServers,
                Map.of(),
                new TopicsConfig(
                        topics.jobs(),
                        topics.jobsHigh(),
                        topics.jobsLow(),
                        topics.events(),
                        topics.retry(),
                        topics.control(),
                        topics.deadLetters(),
                        partitions,
                        OptionalInt.empty()),
                config.group());
    }

    KafkaConfig kafka() {
        return kafka;
    }

    /** A job that waits for its third attempt. */
    ProducerRecord<byte[], byte[]> waiting(byte[] value, Instant notBefore) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(kafka.topics().retry(), bytes("key"), value);
        record.headers()
                .add(RetryHeaders.ATTEMPT, bytes("3"))
                .add(RetryHeaders.NOT_BEFORE, bytes(Long.toString(notBefore.toEpochMilli())))
                .add(RetryHeaders.ORIGIN, bytes(kafka.topics().jobs()));
        return record;
    }

    void send(String value, Instant notBefore) throws Exception {
        send(0, value, notBefore);
    }

    void send(int partition, String value, Instant notBefore) throws Exception {
        ProducerRecord<byte[], byte[]> record = waiting(bytes(value), notBefore);
        send(new ProducerRecord<>(record.topic(), partition, record.key(), record.value(), record.headers()));
    }

    void send(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Waits until at least so many records are in the jobs topic, and returns all that were ever seen there. */
    List<ConsumerRecord<byte[], byte[]>> awaitBack(int count) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (back.size() < count) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Of " + count + " jobs these are back: " + values());
            }
            jobs.poll(Duration.ofMillis(50)).forEach(back::add);
        }
        return List.copyOf(back);
    }

    /** Waits for the first dead letter. */
    ConsumerRecord<byte[], byte[]> awaitLetter() {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (KafkaConsumer<byte[], byte[]> letters =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            letters.assign(List.of(new TopicPartition(kafka.topics().deadLetters(), 0)));
            while (System.nanoTime() - deadline < 0) {
                for (ConsumerRecord<byte[], byte[]> letter : letters.poll(Duration.ofMillis(50))) {
                    return letter;
                }
            }
        }
        throw new AssertionError("There is no dead letter");
    }

    List<String> awaitValues(int count) {
        awaitBack(count);
        return values();
    }

    private List<String> values() {
        return back.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    /** Waits until the movers are those of these client ids, and each has a partition. */
    void awaitMembers(Set<String> clientIds) throws ExecutionException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (Admin admin = Admin.create(kafka.clientProperties())) {
            String group = kafka.group() + "-retry";
            while (true) {
                ConsumerGroupDescription description = admin.describeConsumerGroups(List.of(group))
                        .describedGroups()
                        .get(group)
                        .get();
                Set<String> busy = description.members().stream()
                        .filter(member -> !member.assignment().topicPartitions().isEmpty())
                        .map(MemberDescription::clientId)
                        .collect(Collectors.toSet());
                if (description.groupState() == GroupState.STABLE && busy.equals(clientIds)) {
                    return;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("The group did not settle: " + description);
                }
            }
        }
    }

    static List<String> headers(ConsumerRecord<byte[], byte[]> record) {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(header.key() + "="
                    + (header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8)));
        }
        return headers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        jobs.close();
        producer.close(Duration.ofSeconds(5));
    }
}
