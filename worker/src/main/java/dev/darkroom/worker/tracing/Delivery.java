package dev.darkroom.worker.tracing;

import dev.darkroom.client.Lane;
import dev.darkroom.event.TraceContext;
import java.time.Instant;

/**
 * A job as it came from its topic.
 *
 * @param enqueued since when it has waited, by the clock of its sender or of the broker
 * @param count how often it was handed out, this time included
 * @param trace that its sender named
 */
public record Delivery(
        String topic,
        int partition,
        long offset,
        Lane lane,
        int attempt,
        int count,
        Instant enqueued,
        TraceContext trace) {}
