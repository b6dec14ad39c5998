package dev.darkroom.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads CloudEvents off Kafka records: the binary mode, with its headers named as in this binding or in others, and the
 * structured one.
 */
final class CloudEventReader {
    private CloudEventReader() {}

    static CloudEvent read(Map<String, String> headers, byte @Nullable [] value, Instant recordTime)
            throws InvalidEventException {
        Map<String, String> attributes = attributes(headers);
        if (attributes
                .getOrDefault("content-type", "")
                .toLowerCase(Locale.ROOT)
                .startsWith("application/cloudevents")) {
            return structured(value, recordTime);
        }
        return event(attributes, value, recordTime);
    }

    /** The prefixed names win over the bare ones. */
    private static Map<String, String> attributes(Map<String, String> headers) {
        Map<String, String> attributes = new HashMap<>();
        headers.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("ce_") || lower.startsWith("ce-")) {
                attributes.put(lower.substring(3), value);
            } else {
                attributes.putIfAbsent(lower, value);
            }
        });
        return attributes;
    }

    private static CloudEvent structured(byte @Nullable [] value, Instant recordTime) throws InvalidEventException {
        try {
            String text = StrictJson.text(value);
            JsonNode json = StrictJson.MAPPER.readTree(text);
            Map<String, String> attributes = new HashMap<>();
            for (String name : new String[] {"specversion", "id", "source", "type", "time"}) {
                if (json.path(name).isTextual()) {
                    attributes.put(name, json.path(name).textValue());
                }
            }
            byte[] data = StrictJson.rawField(text, "data").orElse("").getBytes(StandardCharsets.UTF_8);
            return event(attributes, data, recordTime);
        } catch (StrictJson.UnreadableException | IOException e) {
            throw new InvalidEventException("A structured CloudEvent must be a JSON object");
        }
    }

    private static CloudEvent event(Map<String, String> attributes, byte @Nullable [] data, Instant recordTime)
            throws InvalidEventException {
        String version = attributes.getOrDefault("specversion", "1.0");
        if (!version.startsWith("1.")) {
            throw new InvalidEventException("Not CloudEvents 1.x: " + version);
        }
        String type = attributes.get("type");
        if (type == null) {
            throw new InvalidEventException("A record without a ce_type header is not an event");
        }
        JobEvent event = EventCodec.decode(type, data);
        return new CloudEvent(
                attributes.getOrDefault("id", event.eventId()),
                attributes.getOrDefault("source", ""),
                time(Optional.ofNullable(attributes.get("time")), recordTime),
                event);
    }

    private static Instant time(Optional<String> said, Instant recordTime) throws InvalidEventException {
        if (said.isEmpty()) {
            return recordTime;
        }
        return Rfc3339.parse(said.get())
                .orElseThrow(() -> new InvalidEventException("ce_time must be an RFC 3339 time"));
    }
}
