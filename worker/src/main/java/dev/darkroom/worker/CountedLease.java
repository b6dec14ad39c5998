package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lease that counts for its tenant until it is settled or lost, not until its job's thread has ended: the source hands
 * out the slot's next job at once, and that one must find the slot free.
 */
final class CountedLease implements Lease {
    private final Lease lease;
    private final Runnable notCounted;
    private final AtomicBoolean over = new AtomicBoolean();

    /**
     * Counts from now on.
     *
     * @param notCounted called once; must not wait
     */
    CountedLease(Lease lease, Runnable notCounted) {
        this.lease = lease;
        this.notCounted = notCounted;
        lease.onLost(this::end);
    }

    /** Counts no longer. Idempotent. */
    void end() {
        if (over.compareAndSet(false, true)) {
            notCounted.run();
        }
    }

    @Override
    public JobRecord record() {
        return lease.record();
    }

    @Override
    public CompletionStage<Settlement> conclude(List<OutgoingRecord> last) {
        return ending(lease.conclude(last));
    }

    @Override
    public CompletionStage<Settlement> release() {
        return ending(lease.release());
    }

    /** On the source's thread, before it takes the next job. */
    private CompletionStage<Settlement> ending(CompletionStage<Settlement> settlement) {
        return settlement.whenComplete((done, failure) -> {
            if (failure == null) {
                end();
            }
        });
    }

    @Override
    public boolean isLost() {
        return lease.isLost();
    }

    @Override
    public void onLost(Runnable action) {
        lease.onLost(action);
    }
}
