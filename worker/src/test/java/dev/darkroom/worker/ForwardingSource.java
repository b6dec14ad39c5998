package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.Lease;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A source in front of another one, for tests that put something between. */
class ForwardingSource implements JobSource {
    final JobSource source;

    /** Takes the other source over. */
    ForwardingSource(JobSource source) {
        this.source = source;
    }

    @Override
    public void start(Consumer<Lease> receiver) {
        source.start(receiver);
    }

    @Override
    public void widen(Lane lane, int leases) {
        source.widen(lane, leases);
    }

    @Override
    public void suspend() {
        source.suspend();
    }

    @Override
    public void resume() {
        source.resume();
    }

    @Override
    public void stopTaking() {
        source.stopTaking();
    }

    @Override
    public CompletionStage<Void> ended() {
        return source.ended();
    }

    @Override
    public void close() {
        source.close();
    }
}
