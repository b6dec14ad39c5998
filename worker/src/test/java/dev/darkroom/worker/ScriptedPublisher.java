package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.events.EventContext;
import dev.darkroom.worker.events.EventException;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.events.RecordingEventPublisher;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Keeps what is published; each event is an act: {@code event <id>}. */
final class ScriptedPublisher implements EventPublisher {
    private final RecordingEventPublisher published = new RecordingEventPublisher(Instant.EPOCH);
    private final Acts acts;

    ScriptedPublisher(Acts acts) {
        this.acts = acts;
    }

    List<JobEvent> events() {
        return published.recorded().stream()
                .map(RecordingEventPublisher.Recorded::event)
                .toList();
    }

    @Override
    public void publish(JobEvent event, EventContext context) {
        published.publish(event, context);
        acts.did("event " + event.eventId());
    }

    @Override
    public CompletionStage<Void> publishDurably(JobEvent event, EventContext context) {
        if (acts.refused("event " + event.eventId())) {
            return CompletableFuture.failedStage(new EventException("No broker has it"));
        }
        publish(event, context);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void close() {
        published.close();
    }
}
