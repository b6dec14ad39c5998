package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;

/** What the producers of jobs' last records have in common. */
final class LastRecords {
    static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** How long one record may take; whoever wrote it tries again. */
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(15);

    private LastRecords() {}

    static Map<String, Object> producerProperties(KafkaConfig kafka, String clientId) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, clientId + "-last-records");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DeadLetters.MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * DeadLetters.MAX_REQUEST_BYTES);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (int) SEND_TIMEOUT.toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) SEND_TIMEOUT.toMillis());
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int)
                SEND_TIMEOUT.dividedBy(2).toMillis());
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return properties;
    }

    static IntakeException failure(OutgoingRecord record, Exception cause) {
        String message = "A job's last record could not be written to " + record.topic()
                + " (settings kafka.topics.*): " + cause.getMessage();
        return cause instanceof RecordTooLargeException
                ? new OversizedRecordException(message, cause)
                : new IntakeException(message, cause);
    }

    static IntakeException failure(Throwable cause) {
        return new IntakeException("A job's last records could not be written: " + cause.getMessage(), cause);
    }
}
