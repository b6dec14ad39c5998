package dev.darkroom.worker.intake;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.config.KafkaConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic of jobs that no attempt can do: each record byte for byte as it came, with headers that say why. Thread-safe.
 */
public final class DeadLetters implements AutoCloseable {
    public static final String ERROR_CODE = "darkroom-error-code";
    public static final String ERROR = "darkroom-error";
    public static final String ATTEMPT = "darkroom-attempt";
    public static final String ORIGIN_TOPIC = "darkroom-origin-topic";
    public static final String ORIGIN_PARTITION = "darkroom-origin-partition";
    public static final String ORIGIN_OFFSET = "darkroom-origin-offset";
    /** Present, with the value's length, where the topic does not take a value that large; the origin still has it. */
    public static final String VALUE_OMITTED = "darkroom-value-omitted";

    private static final String OWN_HEADERS = "darkroom-";

    static final int MAX_REQUEST_BYTES = 64 << 20;

    private static final int MAX_ERROR_CHARACTERS = 4096;
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(30);

    private final Producer<byte[], byte[]> producer;
    private final String topic;

    public DeadLetters(KafkaConfig kafka, String clientId) {
        this(
                new KafkaProducer<>(properties(kafka, clientId), new ByteArraySerializer(), new ByteArraySerializer()),
                kafka);
    }

    DeadLetters(Producer<byte[], byte[]> producer, KafkaConfig kafka) {
        this.producer = producer;
        this.topic = kafka.topics().deadLetters();
    }

    /**
     * Writes a dead letter and waits until the brokers have it, at most 30 s.
     *
     * @param code the failure's code as events carry it
     * @param message the failure in words
     * @param attempt counts from 1
     * @throws IntakeException when it is not certain that they have it: then the job must not be accepted
     */
    public void send(JobRecord record, FailureCode code, String message, int attempt) throws IntakeException {
        try {
            write(letter(record, record.value(), code, message, attempt));
        } catch (RecordTooLargeException e) {
            ProducerRecord<byte[], byte[]> headersOnly = letter(record, new byte[0], code, message, attempt);
            put(headersOnly.headers(), VALUE_OMITTED, Integer.toString(record.value().length));
            writeAtLeastTheReason(record, headersOnly);
        }
    }

    /** A job's own headers may be as large as a record: then only what says why and whence it failed is kept. */
    private void writeAtLeastTheReason(JobRecord record, ProducerRecord<byte[], byte[]> letter) throws IntakeException {
        try {
            write(letter);
        } catch (RecordTooLargeException e) {
            record.headers().forEach(header -> {
                if (!header.name().startsWith(OWN_HEADERS)) {
                    letter.headers().remove(header.name());
                }
            });
            try {
                write(letter);
            } catch (RecordTooLargeException again) {
                throw failure(record, again);
            }
        }
    }

    private void write(ProducerRecord<byte[], byte[]> letter) throws IntakeException {
        try {
            producer.send(letter).get(SEND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecordTooLargeException tooLarge) {
                throw tooLarge;
            }
            throw new IntakeException(undelivered(), e.getCause() == null ? e : e.getCause());
        } catch (RecordTooLargeException e) {
            throw e;
        } catch (TimeoutException | KafkaException e) {
            throw new IntakeException(undelivered(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IntakeException(undelivered(), e);
        }
    }

    private String undelivered() {
        return "A dead letter could not be written to " + topic + " (setting kafka.topics.dead-letters)";
    }

    private IntakeException failure(JobRecord record, Exception cause) {
        return new IntakeException(undelivered() + " for " + record.position(), cause);
    }

    private ProducerRecord<byte[], byte[]> letter(
            JobRecord record, byte[] value, FailureCode code, String message, int attempt) {
        ProducerRecord<byte[], byte[]> letter =
                new ProducerRecord<>(topic, null, record.key().orElse(null), value);
        Headers headers = letter.headers();
        record.headers().forEach(header -> headers.add(header.name(), header.value()));
        put(headers, ERROR_CODE, code.name());
        put(headers, ERROR, message.substring(0, Math.min(message.length(), MAX_ERROR_CHARACTERS)));
        put(headers, ATTEMPT, Integer.toString(attempt));
        put(headers, ORIGIN_TOPIC, record.topic());
        put(headers, ORIGIN_PARTITION, Integer.toString(record.partition()));
        put(headers, ORIGIN_OFFSET, Long.toString(record.offset()));
        return letter;
    }

    /** Replaces a header: the job's producer, or an earlier attempt, may have set it. */
    private static void put(Headers headers, String name, String value) {
        headers.remove(name);
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, Object> properties(KafkaConfig kafka, String clientId) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, clientId + "-dead-letters");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) SEND_TIMEOUT.toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) SEND_TIMEOUT.toMillis());
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int)
                SEND_TIMEOUT.dividedBy(2).toMillis());
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return properties;
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
