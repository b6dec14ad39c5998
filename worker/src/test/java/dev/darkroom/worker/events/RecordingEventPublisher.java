package dev.darkroom.worker.events;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what is published, for tests of what publishes. */
public final class RecordingEventPublisher implements EventPublisher {
    private final List<Recorded> recorded = new CopyOnWriteArrayList<>();
    private final Instant time;
    private volatile boolean closed;

    /** An event and what came with it. */
    public record Recorded(JobEvent event, TraceContext context, Instant time) {}

    public RecordingEventPublisher(Instant time) {
        this.time = time;
    }

    @Override
    public CompletionStage<Void> publish(JobEvent event, TraceContext context) {
        if (closed) {
            return CompletableFuture.failedStage(new EventException("The publisher is closed"));
        }
        recorded.add(new Recorded(event, context, time));
        return CompletableFuture.completedStage(null);
    }

    /** Everything so far, in order. */
    public List<Recorded> recorded() {
        return List.copyOf(recorded);
    }

    @Override
    public void close() {
        closed = true;
    }
}
