package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.events.EventPublisher;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Adds what is published to what was told; each event is an act: {@code event <id>}. */
final class ScriptedPublisher implements EventPublisher {
    private final Acts acts;
    private final List<JobEvent> told;

    ScriptedPublisher(Acts acts, List<JobEvent> told) {
        this.acts = acts;
        this.told = told;
    }

    @Override
    public CompletionStage<Void> publish(JobEvent event, TraceContext context) {
        told.add(event);
        acts.did("event " + event.eventId());
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void close() {}
}
