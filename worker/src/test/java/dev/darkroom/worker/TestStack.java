package dev.darkroom.worker;

import dev.darkroom.embedded.EmbeddedStack;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.storage.S3ResultStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker and a bucket for the tests of whole workers, with a producer and a reader as users have them. */
final class TestStack implements AutoCloseable {
    static final Path MODELS = Path.of("../deploy/models");

    private final EmbeddedStack stack;
    private final KafkaProducer<byte[], byte[]> producer;

    TestStack() throws IOException {
        stack = EmbeddedStack.builder()
                .brokerSetting("message.max.bytes", "8000000")
                .start();
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers(),
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        8_000_000,
                        ProducerConfig.BUFFER_MEMORY_CONFIG,
                        16_000_000L),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    String bootstrapServers() {
        return stack.kafka().bootstrapServers();
    }

    /** What a worker process gets. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_MODELS", MODELS.toAbsolutePath().normalize().toString());
        environment.put("DARKROOM_DEFAULT_MODEL", "shapes");
        environment.put("DARKROOM_ADMIN_PORT", "0");
        return environment;
    }

    WorkerConfig config(String workerId) {
        return ConfigLoader.load(Optional.empty(), environment(), Map.of(), workerId);
    }

    S3ResultStore bucket() {
        return new S3ResultStore(config("reader").s3());
    }

    EventLog events() {
        return new EventLog(bootstrapServers(), "darkroom.events");
    }

    void send(String key, String json) throws InterruptedException {
        send(key, json.getBytes(StandardCharsets.UTF_8));
    }

    void send(String key, byte[] value) throws InterruptedException {
        send("darkroom.jobs", key, value);
    }

    void send(String topic, String key, byte[] value) throws InterruptedException {
        send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value));
    }

    RecordMetadata send(ProducerRecord<byte[], byte[]> record) throws InterruptedException {
        try {
            return producer.send(record).get();
        } catch (ExecutionException e) {
            throw new AssertionError("The job was not sent", e);
        }
    }

    @Override
    public void close() throws IOException {
        producer.close();
        stack.close();
    }
}
