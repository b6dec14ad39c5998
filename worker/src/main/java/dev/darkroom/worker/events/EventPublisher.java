package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
import java.util.concurrent.CompletionStage;

/**
 * Tells the world what happens to jobs. Events of one job are published in the order in which they were handed over.
 * Thread-safe; neither method blocks, and what waits to be sent is bounded.
 */
public interface EventPublisher extends AutoCloseable {
    /** Publishes an event that may be missed: when the brokers cannot be reached for long, it is dropped. */
    void publish(JobEvent event, EventContext context);

    /**
     * Publishes an event that must not be missed.
     *
     * @return completes when all in-sync replicas have it; exceptionally, with an {@link EventException}, when that is
     *     not certain: it may be published again under the same id
     */
    CompletionStage<Void> publishDurably(JobEvent event, EventContext context);

    /** Publishes what waits, within a bounded time, and ends. Idempotent; later events are refused. */
    @Override
    void close();
}
