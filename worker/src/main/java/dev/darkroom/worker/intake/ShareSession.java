package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one consumer of a share group.
 *
 * <p>Without a lease it polls. With one it waits for the holder's word, but no longer than a third of the lock, and then
 * renews. A job's last records are written by {@link RecordWriter} meanwhile; when they are, the job is accepted.
 */
final class ShareSession implements Slot.Session {
    private static final Logger LOG = LoggerFactory.getLogger(ShareSession.class);

    /**
     * The client may send one fetch more than it was asked for, and what that acquires lies in its buffer for as long as a
     * lease is held here: Kafka 4.4's polls return renewed records only. By then its lock may have run out, and the lease be
     * another worker's; the first renewal finds that out, which should not take long.
     */
    private static final Duration FIRST_RENEWAL = Duration.ofSeconds(1);

    private static final Duration LONGEST_RENEWAL_INTERVAL = Duration.ofSeconds(5);

    private final Slot slot;
    private final LeasedConsumer consumer;
    private final RecordWriter writer;
    private Optional<HeldLease> held = Optional.empty();
    private Optional<CompletableFuture<Void>> writing = Optional.empty();
    private long renewAtNanos;

    /**
     * Takes the consumer over.
     *
     * @param assumedLock how long the broker locks a record, until it says so itself
     */
    ShareSession(
            Slot slot,
            ShareConsumer<byte[], byte[]> consumer,
            RecordWriter writer,
            String topic,
            Duration assumedLock) {
        this.slot = slot;
        this.consumer = new LeasedConsumer(consumer, topic, assumedLock);
        this.writer = writer;
    }

    @Override
    public boolean isBusy() {
        return held.isPresent();
    }

    @Override
    public Optional<HeldLease> take() {
        // A record is acquired after this, so its lock lasts at least as long as is reckoned from here.
        long before = System.nanoTime();
        held = consumer.take()
                .map(record -> new HeldLease(
                        JobRecord.of(
                                record,
                                record.deliveryCount().map(Short::intValue).orElse(1)),
                        before + consumer.lock().toNanos(),
                        slot::wake));
        scheduleRenewal(before, FIRST_RENEWAL);
        return held;
    }

    @Override
    public void attend() {
        HeldLease lease = held.orElseThrow();
        if (!isDue(lease)) {
            slot.awaitBell(renewAtNanos);
        }
        if (lease.isLost()) {
            // Lost by the clock alone: the broker may still hold the lock, and others wait for it.
            consumer.settle(AcknowledgeType.RELEASE);
            letGo();
        } else if (lease.request().isPresent()) {
            answer(lease, lease.request().get());
        } else if (slot.isClosing()) {
            // The consumer sends it while it closes. Without the close, its next fetch could take the job right back.
            consumer.release();
            lease.lose();
            letGo();
        }
        if (held.isPresent() && System.nanoTime() - renewAtNanos >= 0) {
            renew(lease);
        }
    }

    /** Whether there is something to do before the next renewal. */
    private boolean isDue(HeldLease lease) {
        boolean asked = lease.request().isPresent()
                && writing.map(CompletableFuture::isDone).orElse(true);
        return asked || lease.isLost() || (slot.isClosing() && lease.request().isEmpty());
    }

    private void answer(HeldLease lease, HeldLease.Request request) {
        if (request instanceof HeldLease.Request.Conclude conclude && writing.isEmpty()) {
            CompletableFuture<Void> written = writer.write(conclude.last());
            writing = Optional.of(written);
            var unused = written.whenComplete((done, failure) -> slot.wake());
        } else if (writing.isEmpty()) {
            settle(lease, AcknowledgeType.RELEASE);
        } else if (writing.get().isDone()) {
            accept(lease, writing.get());
        }
    }

    /** The last records are written, or could not be. */
    private void accept(HeldLease lease, CompletableFuture<Void> written) {
        writing = Optional.empty();
        try {
            written.join();
        } catch (CompletionException e) {
            lease.refused(
                    e.getCause() instanceof IntakeException cause
                            ? cause
                            : new IntakeException("A job's last records could not be written: " + e, e));
            return;
        }
        settle(lease, AcknowledgeType.ACCEPT);
    }

    private void settle(HeldLease lease, AcknowledgeType type) {
        if (consumer.settle(type)) {
            lease.settled();
        } else {
            lease.lose();
        }
        letGo();
    }

    private void renew(HeldLease lease) {
        long before = System.nanoTime();
        if (consumer.renew()) {
            lease.extend(before + consumer.lock().toNanos());
            scheduleRenewal(before, LONGEST_RENEWAL_INTERVAL);
        } else {
            LOG.warn("The lease on {} is lost", lease.record().position());
            lease.lose();
            letGo();
        }
    }

    private void letGo() {
        held = Optional.empty();
        writing = Optional.empty();
    }

    private void scheduleRenewal(long fromNanos, Duration atMost) {
        Duration third = consumer.lock().dividedBy(3);
        renewAtNanos = fromNanos + (third.compareTo(atMost) < 0 ? third : atMost).toNanos();
    }

    @Override
    public void close() {
        held.ifPresent(HeldLease::lose);
        letGo();
        consumer.close();
    }
}
