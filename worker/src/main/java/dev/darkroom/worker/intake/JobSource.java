package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Hands out jobs, each under a {@link Lease}. At least once: a job is handed out again, here or to another worker,
 * until a lease on it was accepted or rejected.
 *
 * <p>{@code start} once, {@code suspend} and {@code resume} at any time, then {@code stopTaking} when the worker drains, then {@code close}. All methods may be called
 * from any thread.
 */
public interface JobSource extends AutoCloseable {
    /**
     * Begins to take jobs.
     *
     * @param receiver gets each lease on the source's own thread and must return at once: while it runs, no lease is
     *     renewed. Holds at most as many unsettled leases as the source was given capacity for
     */
    void start(Consumer<Lease> receiver);

    /**
     * Holds up to so many leases of a lane from soon on, if that is more than it does; returns at once. Of no effect on a lane
     * that no job is taken from, and once it takes no further job.
     */
    void widen(Lane lane, int leases);

    /**
     * Takes no further job from soon on, until {@link #resume}; returns at once. No job is kept from the other workers
     * meanwhile, except those whose leases are held: they go on being renewed and can be settled.
     */
    void suspend();

    /** Takes jobs again, unless it was stopped. */
    void resume();

    /**
     * Takes no further job. When it returns, no job will reach the receiver any more and none is kept from the other
     * workers, except those whose leases are held: they go on being renewed and can be settled.
     */
    void stopTaking();

    /**
     * Completes when the source has ended: normally after {@link #close}, exceptionally with an {@link
     * IntakeException} when it cannot go on (credentials refused, a topic that may not be read).
     */
    CompletionStage<Void> ended();

    /** Hands unsettled leases back, so that another worker has them within a second, and ends. Idempotent. */
    @Override
    void close();
}
