package dev.darkroom.worker.events;

import java.util.Map;

/**
 * An event as it stands in its topic: a CloudEvent in binary mode. The array is shared and must not be written to.
 *
 * @param key the job's id
 * @param value the event's data, JSON
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record EventRecord(String topic, String key, byte[] value, Map<String, String> headers) {
    public EventRecord {
        headers = Map.copyOf(headers);
    }
}
