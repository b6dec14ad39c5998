package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Puts job records into topics that jobs are taken from. Not in transactions: their markers would count as jobs that
 * wait, for ever, wherever the lag of a share group is looked at. Thread-safe.
 */
public final class LaneProducer implements AutoCloseable {
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);

    private final Producer<byte[], byte[]> producer;

    /** Connects with the first record. */
    public LaneProducer(KafkaConfig kafka, String clientId) {
        this.producer = new KafkaProducer<>(
                DurableProducer.properties(kafka, clientId, SEND_TIMEOUT),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /**
     * Writes a record and waits until the brokers have it, at most some 20 s.
     *
     * @throws IntakeException when it is not certain that they have it
     */
    public void write(OutgoingRecord record) throws IntakeException {
        try {
            await(send(record.forProducer()), record.topic());
        } catch (KafkaException e) {
            throw new IntakeException("A job could not be put into " + record.topic() + ": " + e.getMessage(), e);
        }
    }

    /** Begins to send; blocks only while the brokers are unknown or the memory for records is used up, at most 10 s. */
    Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
        return producer.send(record);
    }

    /**
     * Waits until the brokers have a record, at most some 20 s.
     *
     * @throws RecordTooLargeException when its topic does not take records that large
     * @throws IntakeException when it is not certain that they have it
     */
    static RecordMetadata await(Future<RecordMetadata> sent, String topic) throws IntakeException {
        try {
            return sent.get(2 * SEND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecordTooLargeException tooLarge) {
                throw tooLarge;
            }
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IntakeException("A job could not be put into " + topic + ": " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new IntakeException("A job could not be put into " + topic + ": the brokers do not answer", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** Gives up what is not sent within 5 s. */
    @Override
    public void close() {
        try {
            producer.close(Duration.ofSeconds(5));
        } catch (InterruptException e) {
            // The flag is restored; the producer closes by itself.
            producer.close(Duration.ZERO);
        } catch (KafkaException e) {
            throw new IllegalStateException("A producer did not close cleanly", e);
        }
    }
}
