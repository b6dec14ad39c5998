package dev.darkroom.worker;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Every record of the events topic, duplicates included, as a consumer without a group reads them. */
final class EventLog implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<CloudEvent> events = new ArrayList<>();

    EventLog(String bootstrapServers, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        // The most careful reader there is: no job may hold its events up.
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList());
    }

    /** Reads on until the job's events satisfy the condition, and returns them all. */
    List<CloudEvent> await(String jobId, Predicate<List<CloudEvent>> condition, Duration limit) {
        Instant end = Instant.now().plus(limit);
        while (!condition.test(of(jobId))) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("Not within " + limit + "; job " + jobId + " has the events " + of(jobId)
                        + "; others: "
                        + events.stream()
                                .map(e -> e.event().jobId() + "/" + e.event().type())
                                .toList());
            }
            poll(Duration.ofMillis(100));
        }
        return of(jobId);
    }

    /** The job's terminal event. */
    JobEvent awaitEnd(String jobId, Duration limit) {
        return await(jobId, EventLog::ended, limit).stream()
                .map(CloudEvent::event)
                .filter(JobEvent::terminal)
                .findFirst()
                .orElseThrow();
    }

    static boolean ended(List<CloudEvent> events) {
        return events.stream().anyMatch(event -> event.event().terminal());
    }

    List<CloudEvent> of(String jobId) {
        return events.stream()
                .filter(event -> event.event().jobId().equals(jobId))
                .toList();
    }

    /** All events so far, of all jobs. */
    List<CloudEvent> all() {
        return List.copyOf(events);
    }

    /** How many records the topic has ever had. */
    long end() {
        return consumer.endOffsets(consumer.assignment()).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Reads all that is there by now. */
    void catchUp() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        Instant limit = Instant.now().plus(Duration.ofSeconds(60));
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (Instant.now().isAfter(limit)) {
                throw new AssertionError("The events up to " + ends + " cannot be read");
            }
            poll(Duration.ofMillis(100));
        }
    }

    void poll(Duration wait) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
            Map<String, String> headers = new HashMap<>();
            record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), StandardCharsets.UTF_8)));
            try {
                events.add(EventCodec.read(headers, record.value(), Instant.ofEpochMilli(record.timestamp())));
            } catch (InvalidEventException e) {
                throw new AssertionError("A record of the events topic is no event", e);
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
