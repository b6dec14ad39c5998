package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A lease after whose settlement something happens at once. */
record FatalLease(Lease lease, Runnable onSettled) implements Lease {
    @Override
    public JobRecord record() {
        return lease.record();
    }

    @Override
    public CompletionStage<Settlement> conclude(List<OutgoingRecord> last) {
        return lease.conclude(last).thenApply(settlement -> {
            if (settlement == Settlement.SETTLED) {
                onSettled.run();
            }
            return settlement;
        });
    }

    @Override
    public CompletionStage<Settlement> release() {
        return lease.release();
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
