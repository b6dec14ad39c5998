package dev.darkroom.client;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;

/**
 * The events of one job, in the order in which they were published, up to its first terminal one. A second terminal
 * event, of whatever kind, is never seen: the first is the one in effect. Records under the job's id that are no events,
 * or events of a kind that this version does not know, are passed over and counted.
 *
 * <p>For one thread at a time. Close it to let go of the connection.
 */
public final class EventStream implements AutoCloseable {
    private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
    private final byte[] key;
    private Iterator<ConsumerRecord<byte[], byte[]>> fetched = Collections.emptyIterator();
    private boolean ended;
    private long skipped;

    EventStream(
            org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
            String jobId,
            Map<TopicPartition, Long> from) {
        this.consumer = consumer;
        this.key = jobId.getBytes(StandardCharsets.UTF_8);
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
    }

    /** The next event; nothing if none came in time, or the last has been returned. */
    public Optional<CloudEvent> next(Duration timeout) throws InterruptedException {
        if (ended) {
            return Optional.empty();
        }
        long start = System.nanoTime();
        Duration left = timeout;
        Optional<CloudEvent> event = nextFetched();
        while (event.isEmpty() && !left.isNegative()) {
            fetched = poll(left).iterator();
            event = nextFetched();
            left = timeout.minusNanos(System.nanoTime() - start);
        }
        ended = event.map(it -> it.event().terminal()).orElse(false);
        return event;
    }

    /** Waits for the terminal event and hands every event, the last included, to {@code each} as it comes. */
    public Optional<CloudEvent> awaitTerminal(Duration timeout, Consumer<CloudEvent> each) throws InterruptedException {
        long start = System.nanoTime();
        Duration left = timeout;
        while (!left.isNegative()) {
            Optional<CloudEvent> event = next(left);
            event.ifPresent(each);
            if (event.isEmpty() || ended) {
                return event;
            }
            left = timeout.minusNanos(System.nanoTime() - start);
        }
        return Optional.empty();
    }

    /** Whether the terminal event has been returned. */
    public boolean ended() {
        return ended;
    }

    /** How many records under the job's id could not be read as events. */
    public long skipped() {
        return skipped;
    }

    @Override
    public void close() {
        consumer.close();
    }

    private Optional<CloudEvent> nextFetched() {
        while (fetched.hasNext()) {
            ConsumerRecord<byte[], byte[]> record = fetched.next();
            if (Arrays.equals(record.key(), key)) {
                try {
                    return Optional.of(
                            EventCodec.read(headers(record), record.value(), Instant.ofEpochMilli(record.timestamp())));
                } catch (InvalidEventException e) {
                    skipped++;
                }
            }
        }
        return Optional.empty();
    }

    private Iterable<ConsumerRecord<byte[], byte[]>> poll(Duration timeout) throws InterruptedException {
        try {
            return consumer.poll(timeout);
        } catch (InterruptException e) {
            throw JobClient.interrupted(e);
        } catch (KafkaException e) {
            throw new JobClientException("Events cannot be read: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            if (header.value() != null) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return headers;
    }
}
