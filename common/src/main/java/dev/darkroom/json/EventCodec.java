package dev.darkroom.json;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Events on Kafka: CloudEvents 1.0 in binary mode, the event's data as JSON in the record's value, all else in headers.
 * Reading is tolerant where events may grow: fields it does not know are passed over, and the structured mode, in which
 * the value holds everything, is read too.
 *
 * @see <a href="https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md">Kafka
 *     protocol binding for CloudEvents</a>
 */
public final class EventCodec {
    static final String CONTENT_TYPE = "application/json";
    private static final String TYPE_PREFIX = "dev.darkroom.job.";
    private static final String TYPE_SUFFIX = ".v1";

    private EventCodec() {}

    /** The event's data, UTF-8. */
    public static byte[] encode(JobEvent event) {
        return JobCodec.bytes(event.accept(new EventWriter()));
    }

    /**
     * Reads an event from its data.
     *
     * @param type the CloudEvents type, {@code dev.darkroom.job.<what>.v1}, or the bare {@code <what>}
     */
    public static JobEvent decode(String type, byte @Nullable [] data) throws InvalidEventException {
        String what = type.startsWith(TYPE_PREFIX) && type.endsWith(TYPE_SUFFIX)
                ? type.substring(
                        TYPE_PREFIX.length(), Math.max(TYPE_PREFIX.length(), type.length() - TYPE_SUFFIX.length()))
                : type;
        return EventReader.read(what, data);
    }

    /** The headers of the record that carries the event, in the order in which they are written. */
    public static Map<String, String> headers(JobEvent event, String source, Instant time) {
        if (source.isBlank()) {
            throw new IllegalArgumentException("An event's source must not be blank");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("ce_specversion", "1.0");
        headers.put("ce_id", event.eventId());
        headers.put("ce_source", source);
        headers.put("ce_type", TYPE_PREFIX + event.type() + TYPE_SUFFIX);
        headers.put("ce_subject", event.jobId());
        headers.put("ce_time", time.toString());
        headers.put("ce_dataschema", Schemas.EVENT_ID + "#/$defs/" + event.type());
        headers.put("content-type", CONTENT_TYPE);
        return headers;
    }

    /**
     * Reads a record of the events topic.
     *
     * @param headers of the record; {@code ce_type}, {@code ce-type} and {@code type} are the same
     * @param value of the record
     * @param recordTime of the record, for an event that does not say when it happened
     */
    public static CloudEvent read(Map<String, String> headers, byte @Nullable [] value, Instant recordTime)
            throws InvalidEventException {
        return CloudEventReader.read(headers, value, recordTime);
    }
}
