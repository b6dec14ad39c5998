package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.CancelRequest;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.worker.config.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A control topic of its own on a running broker, what sends to it, and a worker's end of it. */
final class ControlFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration TOPIC_CHECK = Duration.ofMillis(200);

    final Admin admin;
    final CancelRequests requests = new CancelRequests();
    private final KafkaConfig kafka;
    private final Producer<byte[], byte[]> producer;

    ControlFixture(String bootstrapServers) {
        kafka = QueueFixture.config(bootstrapServers);
        Map<String, Object> properties = kafka.clientProperties();
        admin = Admin.create(properties);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    String topic() {
        return kafka.topics().control();
    }

    /** Returns when the broker knows it: it takes records for one of that name that is just gone until then. */
    void createTopic(int partitions) throws Exception {
        Uuid id = await(admin.createTopics(List.of(new NewTopic(topic(), partitions, (short) 1)))
                .topicId(topic())
                .toCompletionStage()
                .toCompletableFuture());
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isKnown(id)) {
            assertThat(System.nanoTime()).as("time to see the topic").isLessThan(end);
        }
    }

    private boolean isKnown(Uuid id) throws Exception {
        Collection<TopicListing> all =
                await(admin.listTopics().listings().toCompletionStage().toCompletableFuture());
        return all.stream().anyMatch(topic -> topic.topicId().equals(id));
    }

    /** Reads from now on; the topic is looked at often. */
    ControlReader read() {
        return ControlReader.start(kafka, "test", requests, TOPIC_CHECK);
    }

    void cancel(String jobId) throws Exception {
        send(jobId, CancelCodec.encode(new CancelRequest(jobId, Optional.empty())));
    }

    void send(String key, byte @Nullable [] value) throws Exception {
        send(new ProducerRecord<>(topic(), bytes(key), value));
    }

    void send(ProducerRecord<byte[], byte[]> record) throws Exception {
        producer.send(record).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Many requests, as fast as they go. */
    void cancelAll(List<String> jobIds) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (String jobId : jobIds) {
            sent.add(producer.send(new ProducerRecord<>(
                    topic(), bytes(jobId), CancelCodec.encode(new CancelRequest(jobId, Optional.empty())))));
        }
        for (Future<RecordMetadata> one : sent) {
            one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Waits until the worker knows of the request. */
    void awaitRequest(String jobId) throws Exception {
        await(threadThatTells(jobId));
    }

    /** Completes when the worker knows of the request, with the name of the thread that told. */
    CompletableFuture<String> threadThatTells(String jobId) {
        CompletableFuture<String> told = new CompletableFuture<>();
        requests.watch(jobId, request -> told.complete(Thread.currentThread().getName()));
        return told;
    }

    static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        admin.close(Duration.ofSeconds(5));
    }
}
