package dev.darkroom.worker.intake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A lease on a record of a share group. Any thread may ask for its settlement; only the source's thread, which owns
 * the consumer, carries it out.
 *
 * <p>It also ends by the clock: when the lock must have run out at the broker, the lease counts as lost even if the
 * source's thread is stuck, so that nobody works on in the belief of holding it.
 */
final class HeldLease implements Lease {
    private final JobRecord record;
    private final Runnable wakeSource;
    private final CompletableFuture<Settlement> settled = new CompletableFuture<>();
    private final AtomicBoolean requested = new AtomicBoolean();
    private final Object lock = new Object();
    private final List<Runnable> lostActions = new ArrayList<>();
    private boolean lost;

    private volatile AcknowledgeType wanted = AcknowledgeType.RENEW;
    private volatile long expiresNanos;

    /** The record as the last poll returned it; the client accepts an acknowledgement for no other. Source's thread. */
    private ConsumerRecord<byte[], byte[]> current;

    HeldLease(JobRecord record, ConsumerRecord<byte[], byte[]> current, long expiresNanos, Runnable wakeSource) {
        this.record = record;
        this.current = current;
        this.expiresNanos = expiresNanos;
        this.wakeSource = wakeSource;
    }

    @Override
    public JobRecord record() {
        return record;
    }

    @Override
    public CompletionStage<Settlement> accept() {
        return settle(AcknowledgeType.ACCEPT);
    }

    @Override
    public CompletionStage<Settlement> release() {
        return settle(AcknowledgeType.RELEASE);
    }

    @Override
    public CompletionStage<Settlement> reject() {
        return settle(AcknowledgeType.REJECT);
    }

    private CompletionStage<Settlement> settle(AcknowledgeType type) {
        if (requested.compareAndSet(false, true)) {
            wanted = type;
            if (isLost()) {
                settled.complete(Settlement.LOST);
            } else {
                wakeSource.run();
            }
        }
        return settled.minimalCompletionStage();
    }

    @Override
    public boolean isLost() {
        // Only an unsettled lease can run out: after a settlement the broker holds no lock for it.
        if (!settled.isDone() && System.nanoTime() - expiresNanos > 0) {
            lose();
        }
        synchronized (lock) {
            return lost;
        }
    }

    @Override
    public void onLost(Runnable action) {
        synchronized (lock) {
            if (!lost) {
                lostActions.add(action);
                return;
            }
        }
        action.run();
    }

    /** Marks the lease as lost and tells whoever waits for that or for its settlement. */
    void lose() {
        List<Runnable> actions;
        synchronized (lock) {
            if (lost || settled.isDone()) {
                return;
            }
            lost = true;
            actions = List.copyOf(lostActions);
            lostActions.clear();
        }
        if (requested.get()) {
            settled.complete(Settlement.LOST);
        }
        actions.forEach(Runnable::run);
    }

    /** The broker took the settlement. */
    void settled() {
        settled.complete(Settlement.SETTLED);
    }

    /** What the holder asked for. */
    AcknowledgeType wanted() {
        return wanted;
    }

    ConsumerRecord<byte[], byte[]> current() {
        return current;
    }

    /** The broker extended the lock, and the client returned the record for its next acknowledgement. */
    void renewed(ConsumerRecord<byte[], byte[]> record, long newExpiryNanos) {
        current = record;
        expiresNanos = newExpiryNanos;
    }

    boolean isFor(ConsumerRecord<byte[], byte[]> other) {
        return other.offset() == record.offset()
                && other.partition() == record.partition()
                && other.topic().equals(record.topic());
    }
}
