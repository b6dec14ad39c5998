package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import java.util.concurrent.CompletionStage;

/**
 * Tells the world how jobs go on. How they end is told with their settlement. Events of one job are published in the order
 * in which they were handed over. Thread-safe; nothing here blocks, and what waits to be sent is bounded.
 */
public interface EventPublisher extends AutoCloseable {
    /**
     * Publishes an event that may be missed: when the brokers cannot be reached for long, it is dropped.
     *
     * @return completes when all in-sync replicas have it; exceptionally, with an {@link EventException}, when that is
     *     not certain
     */
    CompletionStage<Void> publish(JobEvent event, TraceContext context);

    /** Publishes what waits, within a bounded time, and ends. Idempotent; later events are refused. */
    @Override
    void close();
}
