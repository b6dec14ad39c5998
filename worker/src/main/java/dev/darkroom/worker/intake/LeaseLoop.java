package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One slot of a share group: a thread that owns a consumer and holds at most one lease.
 *
 * <p>Without a lease the loop polls. With one it waits for the holder's settlement, but no longer than a third of the
 * lock, and then renews. A consumer whose state is in doubt is closed, which hands back all it acquired, and replaced.
 */
final class LeaseLoop {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseLoop.class);

    /**
     * A renewal also finds out what the client acquired behind the holder's back: while it joins the group, it may send
     * one fetch more than it was asked for. That job should not wait here for long, above all not with the first lease.
     */
    private static final Duration FIRST_RENEWAL = Duration.ofSeconds(1);

    private static final Duration LONGEST_RENEWAL_INTERVAL = Duration.ofSeconds(5);
    private static final Duration LONGEST_END = LeasedConsumer.CLOSE_TIMEOUT.plusSeconds(10);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final Supplier<ShareConsumer<byte[], byte[]>> consumers;
    private final String topic;
    private final Duration assumedLock;
    private final Thread thread;
    /** Rings when something changed that a waiting loop must look at. */
    private final Semaphore bell = new Semaphore(0);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private volatile boolean started;
    private volatile boolean stopping;
    private volatile boolean closing;

    // What follows belongs to the thread.

    private Optional<HeldLease> held = Optional.empty();
    private long renewAtNanos;
    private Consumer<Lease> receiver = lease -> {};

    LeaseLoop(
            Supplier<ShareConsumer<byte[], byte[]>> consumers, String topic, Duration assumedLock, String threadName) {
        this.consumers = consumers;
        this.topic = topic;
        this.assumedLock = assumedLock;
        this.thread = new Thread(this::run, threadName);
    }

    void start(Consumer<Lease> leaseReceiver) {
        if (started) {
            throw new IllegalStateException("The source was started before");
        }
        started = true;
        receiver = leaseReceiver;
        thread.start();
    }

    /** Completes when no job can be acquired any more; at once on the loop's own thread, which cannot wait for itself. */
    CompletableFuture<Void> stopTaking() {
        stopping = true;
        wake();
        return started && Thread.currentThread() != thread ? stopped : CompletableFuture.completedFuture(null);
    }

    void requestClose() {
        stopping = true;
        closing = true;
        wake();
        if (!started) {
            stopped.complete(null);
            ended.complete(null);
        }
    }

    void awaitEnd() {
        if (!started || Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(LONGEST_END.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    CompletableFuture<Void> ended() {
        return ended;
    }

    private void wake() {
        bell.release();
    }

    private void run() {
        try {
            consume();
        } catch (RuntimeException | Error e) {
            ended.completeExceptionally(new IntakeException("Taking jobs failed unexpectedly: " + e, e));
            throw e;
        } finally {
            forfeit();
            stopped.complete(null);
            ended.complete(null);
        }
    }

    /** Replaces consumers until the slot is to end or Kafka refuses the worker for good. */
    private void consume() {
        Optional<IntakeException> failure = Optional.empty();
        while (!finished() && failure.isEmpty()) {
            try (LeasedConsumer consumer = new LeasedConsumer(consumers.get(), topic, assumedLock)) {
                serve(consumer);
            } catch (InterruptException e) {
                // Restores the flag; nobody but the loop's owner interrupts it, and only to end it.
                closing = true;
            } catch (AuthenticationException
                    | AuthorizationException
                    | UnsupportedVersionException
                    | ConfigException e) {
                failure = Optional.of(refused(e));
            } catch (KafkaException | IllegalStateException e) {
                LOG.warn("The consumer of {} is replaced: {}", topic, e.toString());
                LOG.debug("Cause", e);
                pause();
            }
            // The consumer is closed: what it held is someone else's.
            forfeit();
        }
        failure.ifPresent(ended::completeExceptionally);
    }

    private boolean finished() {
        return closing || stopping;
    }

    /** Serves until the slot is to end, or the consumer throws. */
    private void serve(LeasedConsumer consumer) {
        while (true) {
            if (held.isPresent()) {
                attend(consumer, held.get());
            } else if (finished()) {
                return;
            } else {
                take(consumer);
            }
        }
    }

    private void take(LeasedConsumer consumer) {
        // A record is acquired after this, so its lock lasts at least as long as is reckoned from here.
        long before = System.nanoTime();
        consumer.take().ifPresent(record -> hold(record, before, consumer.lock()));
    }

    private void hold(ConsumerRecord<byte[], byte[]> record, long acquiredNanos, Duration lock) {
        HeldLease lease = new HeldLease(JobRecord.of(record), record, acquiredNanos + lock.toNanos(), this::wake);
        held = Optional.of(lease);
        scheduleRenewal(acquiredNanos, lock, FIRST_RENEWAL);
        try {
            receiver.accept(lease);
        } catch (RuntimeException e) {
            LOG.error(
                    "The receiver of {} failed; the job is handed back",
                    lease.record().position(),
                    e);
            lease.release();
        }
    }

    /** Waits for the holder's word until the next renewal is due, and does what is due. */
    private void attend(LeasedConsumer consumer, HeldLease lease) {
        if (stopping) {
            stopped.complete(null);
        }
        if (lease.wanted() == AcknowledgeType.RENEW && !closing && !lease.isLost()) {
            awaitBell();
        }
        if (lease.isLost()) {
            // Lost by the clock alone: the broker may still hold the lock, and others wait for it.
            consumer.settle(lease, AcknowledgeType.RELEASE);
            held = Optional.empty();
        } else if (lease.wanted() != AcknowledgeType.RENEW) {
            settle(consumer, lease);
        } else if (closing) {
            lease.lose();
            // The consumer sends it while it closes. Without the close, its next fetch could take the job right back.
            consumer.release(lease.current());
            held = Optional.empty();
        } else if (System.nanoTime() - renewAtNanos >= 0) {
            renew(consumer, lease);
        }
    }

    private void awaitBell() {
        try {
            bell.tryAcquire(Math.max(0, renewAtNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            bell.drainPermits();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing = true;
        }
    }

    private void settle(LeasedConsumer consumer, HeldLease lease) {
        if (consumer.settle(lease, lease.wanted())) {
            lease.settled();
        } else {
            lease.lose();
        }
        held = Optional.empty();
    }

    private void renew(LeasedConsumer consumer, HeldLease lease) {
        long before = System.nanoTime();
        Optional<ConsumerRecord<byte[], byte[]>> back = consumer.renew(lease);
        if (back.isPresent()) {
            lease.renewed(back.get(), before + consumer.lock().toNanos());
            scheduleRenewal(before, consumer.lock(), LONGEST_RENEWAL_INTERVAL);
        } else {
            LOG.warn("The lease on {} is lost", lease.record().position());
            lease.lose();
            held = Optional.empty();
        }
    }

    private void scheduleRenewal(long fromNanos, Duration lock, Duration atMost) {
        Duration third = lock.dividedBy(3);
        renewAtNanos = fromNanos + (third.compareTo(atMost) < 0 ? third : atMost).toNanos();
    }

    private void forfeit() {
        held.ifPresent(HeldLease::lose);
        held = Optional.empty();
    }

    private void pause() {
        forfeit();
        renewAtNanos = System.nanoTime() + RETRY_PAUSE.toNanos();
        while (!finished() && System.nanoTime() - renewAtNanos < 0) {
            awaitBell();
        }
    }

    private IntakeException refused(KafkaException cause) {
        return new IntakeException(
                "Kafka does not let this worker take jobs from " + topic
                        + ". Check kafka.properties.* (DARKROOM_KAFKA_PROPERTY_*), kafka.topics.jobs and kafka.group: "
                        + cause.getMessage(),
                cause);
    }
}
