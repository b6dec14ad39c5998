package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.json.EventCodec;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes the records of one worker's events. Thread-safe.
 *
 * @param topic where events go
 * @param source names this worker in the events
 * @param clock gives the events their time
 */
public record EventRecords(String topic, String source, InstantSource clock) {
    /** The record of an event that happens now. */
    public EventRecord of(JobEvent event, TraceContext context) {
        Map<String, String> headers = new HashMap<>(EventCodec.headers(event, source, clock.instant()));
        context.headers().forEach((name, value) -> {
            headers.put(name, value);
            headers.put("ce_" + name, value);
        });
        return new EventRecord(topic, event.jobId(), EventCodec.encode(event), headers);
    }
}
