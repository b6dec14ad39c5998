package dev.darkroom.worker.intake;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.JobRules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes dead letters: jobs that no attempt can do, each record byte for byte as it came, with headers that say why.
 * Thread-safe.
 *
 * @param topic where they go
 */
public record DeadLetters(String topic) {
    public static final String ERROR_CODE = "darkroom-error-code";
    public static final String ERROR = "darkroom-error";
    public static final String ATTEMPT = "darkroom-attempt";
    public static final String ORIGIN_TOPIC = "darkroom-origin-topic";
    public static final String ORIGIN_PARTITION = "darkroom-origin-partition";
    public static final String ORIGIN_OFFSET = "darkroom-origin-offset";
    /** Present, with the value's length, where the topic does not take a value that large; the origin still has it. */
    public static final String VALUE_OMITTED = "darkroom-value-omitted";

    static final int MAX_REQUEST_BYTES = 64 << 20;

    private static final int MAX_ERROR_CHARACTERS = 4096;

    /** How much of a record its dead letter carries: the most that the topic takes. The origin still has the rest. */
    public enum Extent {
        WHOLE,
        WITHOUT_VALUE,
        /** The record's headers and key may be as large as a record: then only what says why and whence it failed is kept. */
        CAUSE_ONLY
    }

    /**
     * The dead letter of a record.
     *
     * @param code the failure's code as events carry it
     * @param message the failure in words
     * @param attempt counts from 1
     */
    public OutgoingRecord of(JobRecord record, FailureCode code, String message, int attempt, Extent extent) {
        List<JobRecord.Header> headers = new ArrayList<>();
        if (extent != Extent.CAUSE_ONLY) {
            headers.addAll(record.headers());
        }
        put(headers, ERROR_CODE, code.name());
        put(headers, ERROR, message.substring(0, Math.min(message.length(), MAX_ERROR_CHARACTERS)));
        put(headers, ATTEMPT, Integer.toString(attempt));
        put(headers, ORIGIN_TOPIC, record.topic());
        put(headers, ORIGIN_PARTITION, Integer.toString(record.partition()));
        put(headers, ORIGIN_OFFSET, Long.toString(record.offset()));
        if (extent != Extent.WHOLE) {
            put(headers, VALUE_OMITTED, Integer.toString(record.value().length));
        }
        byte[] value = extent == Extent.WHOLE ? record.value() : new byte[0];
        Optional<byte[]> key =
                record.key().filter(bytes -> extent != Extent.CAUSE_ONLY || bytes.length <= JobRules.MAX_ID_LENGTH);
        return new OutgoingRecord(topic, key, value, headers);
    }

    /** Replaces a header: the job's producer, or an earlier attempt, may have set it. */
    private static void put(List<JobRecord.Header> headers, String name, String value) {
        headers.removeIf(header -> header.name().equals(name));
        headers.add(new JobRecord.Header(name, value.getBytes(StandardCharsets.UTF_8)));
    }
}
