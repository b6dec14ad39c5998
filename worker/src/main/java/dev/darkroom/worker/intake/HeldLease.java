package dev.darkroom.worker.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A lease whose settlement any thread may ask for; only the thread of its slot, which owns the consumer, carries it out.
 *
 * <p>It also ends by the clock: when the broker must have given the job away, the lease counts as lost even if the slot's
 * thread is stuck, so that nobody works on in the belief of holding it.
 */
final class HeldLease implements Lease {
    /** What the holder asks for. */
    sealed interface Request {
        record Conclude(List<OutgoingRecord> last) implements Request {
            public Conclude {
                last = List.copyOf(last);
            }
        }

        record Release() implements Request {}
    }

    private enum State {
        HELD,
        SETTLED,
        LOST
    }

    private final JobRecord record;
    private final Runnable wakeSlot;
    private final Object lock = new Object();
    private final List<Runnable> lostActions = new ArrayList<>();
    private State state = State.HELD;
    private Optional<Request> request = Optional.empty();
    private Optional<CompletableFuture<Settlement>> settlement = Optional.empty();

    private volatile long expiresNanos;

    /**
     * A lease that is held.
     *
     * @param expiresNanos when it is lost unless it is extended before, in {@link System#nanoTime}'s terms
     * @param wakeSlot called when there is something that the slot must look at; must not wait
     */
    HeldLease(JobRecord record, long expiresNanos, Runnable wakeSlot) {
        this.record = record;
        this.expiresNanos = expiresNanos;
        this.wakeSlot = wakeSlot;
    }

    @Override
    public JobRecord record() {
        return record;
    }

    @Override
    public CompletionStage<Settlement> conclude(List<OutgoingRecord> last) {
        return ask(new Request.Conclude(last));
    }

    @Override
    public CompletionStage<Settlement> release() {
        return ask(new Request.Release());
    }

    private CompletionStage<Settlement> ask(Request asked) {
        endByClock();
        CompletableFuture<Settlement> answer;
        synchronized (lock) {
            if (settlement.isPresent()) {
                return settlement.get().minimalCompletionStage();
            }
            answer = state == State.LOST
                    ? CompletableFuture.completedFuture(Settlement.LOST)
                    : new CompletableFuture<>();
            settlement = Optional.of(answer);
            request = Optional.of(asked);
        }
        wakeSlot.run();
        return answer.minimalCompletionStage();
    }

    @Override
    public boolean isLost() {
        endByClock();
        synchronized (lock) {
            return state == State.LOST;
        }
    }

    private void endByClock() {
        if (System.nanoTime() - expiresNanos > 0) {
            lose();
        }
    }

    @Override
    public void onLost(Runnable action) {
        synchronized (lock) {
            if (state != State.LOST) {
                lostActions.add(action);
                return;
            }
        }
        action.run();
    }

    /** Marks the lease as lost and tells whoever waits for that or for its settlement; a settled one stays settled. */
    void lose() {
        List<Runnable> actions;
        Optional<CompletableFuture<Settlement>> waiting;
        synchronized (lock) {
            if (state != State.HELD) {
                return;
            }
            state = State.LOST;
            actions = List.copyOf(lostActions);
            lostActions.clear();
            waiting = settlement;
        }
        waiting.ifPresent(answer -> answer.complete(Settlement.LOST));
        actions.forEach(Runnable::run);
    }

    /** The broker took the settlement. */
    void settled() {
        Optional<CompletableFuture<Settlement>> waiting;
        synchronized (lock) {
            if (state != State.HELD) {
                return;
            }
            state = State.SETTLED;
            waiting = settlement;
        }
        waiting.ifPresent(answer -> answer.complete(Settlement.SETTLED));
    }

    /** What the holder asked for cannot be done now; it may ask again. */
    void refused(IntakeException why) {
        Optional<CompletableFuture<Settlement>> waiting;
        synchronized (lock) {
            waiting = settlement;
            if (state == State.HELD) {
                settlement = Optional.empty();
                request = Optional.empty();
            }
        }
        waiting.ifPresent(answer -> answer.completeExceptionally(why));
    }

    Optional<Request> request() {
        synchronized (lock) {
            return request;
        }
    }

    void extend(long newExpiryNanos) {
        expiresNanos = newExpiryNanos;
    }
}
