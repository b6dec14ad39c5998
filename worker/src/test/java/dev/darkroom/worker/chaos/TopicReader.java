package dev.darkroom.worker.chaos;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a topic from its beginning, what was committed of it. For one thread. */
final class TopicReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final String bootstrapServers;
    private final String topic;
    private final Consumer<String, String> consumer;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** A record; of headers with one name the last one. */
    record Read(String key, String value, Map<String, String> headers) {
        Read {
            headers = Map.copyOf(headers);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    TopicReader(String bootstrapServers, String topic) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
        consumer = consumer("read_committed");
        consumer.assign(partitions(consumer));
    }

    private Consumer<String, String> consumer(String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        isolation),
                new StringDeserializer(),
                new StringDeserializer());
    }

    private List<TopicPartition> partitions(Consumer<String, String> of) {
        return of.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /** What has come within a tenth of a second. */
    List<Read> poll() {
        List<Read> read = new ArrayList<>();
        consumer.poll(POLL).forEach(record -> {
            Map<String, String> headers = new HashMap<>();
            record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), StandardCharsets.UTF_8)));
            ends.put(new TopicPartition(topic, record.partition()), record.offset() + 1);
            read.add(new Read(record.key(), record.value(), headers));
        });
        return read;
    }

    /** All of the rest of a topic that nobody writes to any more; transactions that are left open have to end first. */
    List<Read> rest(Duration limit) {
        Map<TopicPartition, Long> goal;
        try (Consumer<String, String> careless = consumer("read_uncommitted")) {
            goal = careless.endOffsets(partitions(careless));
        }
        long deadline = System.nanoTime() + limit.toNanos();
        List<Read> read = new ArrayList<>();
        while (goal.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("The end of " + topic + " could not be read within " + limit);
            }
            read.addAll(poll());
        }
        return read;
    }

    /** The offset behind the last record that was read, for each partition with any. */
    Map<TopicPartition, Long> ends() {
        return Map.copyOf(ends);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
