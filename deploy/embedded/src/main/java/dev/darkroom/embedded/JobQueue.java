package dev.darkroom.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What any program does that uses Darkroom over Kafka: sends a job as bare JSON and reads the CloudEvents that come
 * back. Plain Kafka clients and JSON, on purpose without Darkroom's own client. For one thread.
 */
final class JobQueue implements AutoCloseable {
    static final String JOBS = "darkroom.jobs";
    static final String EVENTS = "darkroom.events";

    private static final Duration REPLY = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Admin admin;
    private final Producer<String, byte[]> producer;
    private final Consumer<String, byte[]> consumer;
    private final Deque<ConsumerRecord<String, byte[]>> fetched = new ArrayDeque<>();

    /** One event, as it lay on the topic. */
    record Event(String type, String jobId, Instant time, JsonNode data) {}

    JobQueue(String bootstrapServers) {
        admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
                new StringSerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        "false"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Whether the topics are there that a worker creates when it starts. */
    boolean ready() throws InterruptedException, QuickstartException {
        try {
            Set<String> topics = admin.listTopics().names().get(REPLY.toSeconds(), TimeUnit.SECONDS);
            return topics.containsAll(List.of(JOBS, EVENTS));
        } catch (ExecutionException | TimeoutException e) {
            throw new QuickstartException("The broker does not list its topics", e);
        }
    }

    /** Follows the events from the first one on; to be called once, when the topics are there. */
    void follow() {
        List<TopicPartition> partitions = consumer.partitionsFor(EVENTS, REPLY).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Sends the job and waits until the broker has it: the time of its record. */
    Instant submit(String jobId, String prompt) throws InterruptedException, QuickstartException {
        ObjectNode job = JSON.createObjectNode();
        job.put("id", jobId);
        job.put("prompt", prompt);
        job.put("guidance_scale", 4);
        job.put("num_inference_steps", 25);
        byte[] value = job.toString().getBytes(StandardCharsets.UTF_8);
        try {
            return Instant.ofEpochMilli(producer.send(new ProducerRecord<>(JOBS, jobId, value))
                    .get(REPLY.toSeconds(), TimeUnit.SECONDS)
                    .timestamp());
        } catch (ExecutionException | TimeoutException e) {
            throw new QuickstartException("The job cannot be sent to " + JOBS, e);
        }
    }

    /** The next event, if one comes within the time. */
    Optional<Event> next(Duration time) throws QuickstartException {
        if (fetched.isEmpty()) {
            consumer.poll(time).forEach(fetched::add);
        }
        ConsumerRecord<String, byte[]> head = fetched.poll();
        return head == null ? Optional.empty() : Optional.of(event(head));
    }

    private static Event event(ConsumerRecord<String, byte[]> message) throws QuickstartException {
        try {
            return new Event(
                    header(message, "ce_type"),
                    header(message, "ce_subject"),
                    Instant.parse(header(message, "ce_time")),
                    JSON.readTree(message.value()));
        } catch (IOException | DateTimeParseException e) {
            throw new QuickstartException(
                    "Not an event: " + message.topic() + "-" + message.partition() + " offset " + message.offset(), e);
        }
    }

    private static String header(ConsumerRecord<String, byte[]> message, String name) throws QuickstartException {
        Header header = message.headers().lastHeader(name);
        if (header == null) {
            throw new QuickstartException("An event without " + name + ": " + message.topic() + "-"
                    + message.partition() + " offset " + message.offset());
        }
        return new String(header.value(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try (admin;
                producer;
                consumer) {
            fetched.clear();
        }
    }
}
