package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.errors.RecordTooLargeException;

/** What the producers of jobs' last records have in common. */
final class LastRecords {
    static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** How long one record may take; whoever wrote it tries again. */
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(15);

    private LastRecords() {}

    static Map<String, Object> producerProperties(KafkaConfig kafka, String clientId) {
        return DurableProducer.properties(kafka, clientId + "-last-records", SEND_TIMEOUT);
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
