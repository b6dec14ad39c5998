package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A claim that a test may take away; its settlement is an act: {@code accept}, {@code release} or {@code reject}. */
final class ScriptedLease implements Lease {
    private final JobRecord record;
    private final Acts acts;
    private final List<Runnable> onLost = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Settlement> settlement = new CompletableFuture<>();
    private volatile boolean lost;

    ScriptedLease(JobRecord record, Acts acts) {
        this.record = record;
        this.acts = acts;
    }

    void lose() {
        lost = true;
        onLost.forEach(Runnable::run);
    }

    @Override
    public JobRecord record() {
        return record;
    }

    @Override
    public CompletionStage<Settlement> accept() {
        return settle("accept");
    }

    @Override
    public CompletionStage<Settlement> release() {
        return settle("release");
    }

    @Override
    public CompletionStage<Settlement> reject() {
        return settle("reject");
    }

    private CompletionStage<Settlement> settle(String act) {
        if (!settlement.isDone()) {
            settlement.complete(lost ? Settlement.LOST : Settlement.SETTLED);
            if (!lost) {
                acts.did(act);
            }
        }
        return settlement;
    }

    @Override
    public boolean isLost() {
        return lost;
    }

    @Override
    public void onLost(Runnable action) {
        if (lost) {
            action.run();
        } else {
            onLost.add(action);
        }
    }
}
