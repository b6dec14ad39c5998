package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
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
    public EventRecord of(JobEvent event, EventContext context) {
        Map<String, String> headers = new HashMap<>(EventCodec.headers(event, source, clock.instant()));
        context.traceparent().ifPresent(value -> {
            headers.put("traceparent", value);
            headers.put("ce_traceparent", value);
        });
        context.tracestate().ifPresent(value -> {
            headers.put("tracestate", value);
            headers.put("ce_tracestate", value);
        });
        return new EventRecord(topic, event.jobId(), EventCodec.encode(event), headers);
    }
}
