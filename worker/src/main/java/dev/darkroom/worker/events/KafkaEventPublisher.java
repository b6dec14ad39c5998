package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.config.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events to a Kafka topic as CloudEvents in binary mode, keyed by job id.
 *
 * <p>{@code Producer.send} may block while brokers are away, so it runs on a thread of its own behind a bounded queue.
 * One queue keeps a job's events in order.
 */
public final class KafkaEventPublisher implements EventPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaEventPublisher.class);

    private static final int WAITING_AT_MOST = 1024;
    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Producer<byte[], byte[]> producer;
    private final EventRecords records;
    private final String topic;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_AT_MOST);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread sender;
    private volatile boolean closing;

    private record Waiting(ProducerRecord<byte[], byte[]> record, CompletableFuture<Void> published) {}

    /** Connects lazily: brokers may be away now. */
    public KafkaEventPublisher(KafkaConfig kafka, EventRecords records) {
        this(
                new KafkaProducer<>(
                        properties(kafka, records.source()), new ByteArraySerializer(), new ByteArraySerializer()),
                records);
    }

    KafkaEventPublisher(Producer<byte[], byte[]> producer, EventRecords records) {
        this.producer = producer;
        this.records = records;
        this.topic = records.topic();
        this.sender = new Thread(this::send, "events");
        sender.setDaemon(true);
        sender.start();
    }

    @Override
    public CompletionStage<Void> publish(JobEvent event, TraceContext context) {
        Waiting waiting = waiting(event, context);
        if (closing) {
            drop(waiting, "the publisher is closed");
        } else if (!queue.offer(waiting)) {
            drop(waiting, "too many events wait for Kafka");
        } else if (closing && queue.remove(waiting)) {
            // The sender may have ended between the check and the offer.
            drop(waiting, "the publisher is closed");
        }
        return waiting.published().minimalCompletionStage();
    }

    private void drop(Waiting waiting, String reason) {
        long count = dropped.incrementAndGet();
        if (Long.bitCount(count) == 1) {
            LOG.warn("{} events were dropped so far: {} takes no more", count, topic);
        }
        fail(waiting, reason);
    }

    /** How many events were dropped because the brokers could not be reached. */
    public long dropped() {
        return dropped.get();
    }

    private Waiting waiting(JobEvent event, TraceContext context) {
        EventRecord made = records.of(event, context);
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(made.topic(), bytes(made.key()), made.value());
        made.headers().forEach((name, value) -> record.headers().add(name, bytes(value)));
        return new Waiting(record, new CompletableFuture<>());
    }

    private void send() {
        connect();
        try {
            while (!closing || !queue.isEmpty()) {
                Waiting next = queue.poll(100, TimeUnit.MILLISECONDS);
                if (next != null) {
                    send(next);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks the topic up now, so that the first event does not wait for it. */
    private void connect() {
        try {
            producer.partitionsFor(topic);
        } catch (KafkaException e) {
            LOG.debug("{} cannot be looked up yet", topic, e);
        }
    }

    private void send(Waiting waiting) {
        try {
            var unused = producer.send(waiting.record(), (metadata, failure) -> {
                if (failure == null) {
                    waiting.published().complete(null);
                } else {
                    fail(waiting, failure);
                }
            });
        } catch (RuntimeException | Error e) {
            // Whatever it was, memory that is short too: the thread must live on, for jobs wait for what they have
            // said.
            fail(waiting, e);
        }
    }

    private void fail(Waiting waiting, Throwable cause) {
        LOG.debug("An event was not published to {}", topic, cause);
        waiting.published()
                .completeExceptionally(new EventException(
                        "An event could not be published to " + topic
                                + " (settings kafka.bootstrap-servers, kafka.topics.events): " + cause.getMessage(),
                        cause));
    }

    private void fail(Waiting waiting, String reason) {
        waiting.published()
                .completeExceptionally(
                        new EventException("An event could not be published to " + topic + ": " + reason));
    }

    @Override
    public void close() {
        closing = true;
        try {
            sender.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(Thread.currentThread().isInterrupted() ? Duration.ZERO : CLOSE_TIMEOUT);
        for (Waiting left = queue.poll(); left != null; left = queue.poll()) {
            fail(left, "the publisher is closed");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> properties(KafkaConfig kafka, String source) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, source + "-events");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 8L << 20);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int)
                CLOSE_TIMEOUT.dividedBy(2).toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY_TIMEOUT.toMillis());
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int)
                DELIVERY_TIMEOUT.dividedBy(3).toMillis());
        return properties;
    }
}
