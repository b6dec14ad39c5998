package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
 * lock, and then renews. A renewal has three acts, in this order only: {@code acknowledge(RENEW)}, {@code
 * commitSync()}, {@code poll()} until the record is returned. A poll while a record is unacknowledged is refused by the
 * client, and a poll before the commit is an ordinary fetch that acquires another worker's job. That is also why a slot
 * holds one lease: to fetch a second one, a consumer would have to renew the first, and the broker's verdict on an
 * acknowledgement is per partition, not per record.
 *
 * <p>The broker's verdict is in the map that {@code commitSync} returns, nothing is thrown: any error there means that
 * the lease is lost. A consumer whose state is in doubt is closed, which hands back all it acquired, and replaced.
 */
final class LeaseLoop {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseLoop.class);

    /** An idle loop looks this often whether it is to stop; a new record ends a poll at once. */
    private static final Duration IDLE_POLL = Duration.ofMillis(100);

    private static final Duration LONGEST_RENEWAL_INTERVAL = Duration.ofSeconds(60);
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final Supplier<ShareConsumer<byte[], byte[]>> consumers;
    private final String topic;
    private final Thread thread;
    /** Rings when something changed that a waiting loop must look at. */
    private final Semaphore bell = new Semaphore(0);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private volatile boolean started;
    private volatile boolean stopping;
    private volatile boolean closing;

    // What follows belongs to the thread.
    private Duration lockDuration;
    private Optional<HeldLease> held = Optional.empty();
    private long renewAtNanos;
    private Consumer<Lease> receiver = lease -> {};

    LeaseLoop(
            Supplier<ShareConsumer<byte[], byte[]>> consumers, String topic, Duration lockDuration, String threadName) {
        this.consumers = consumers;
        this.topic = topic;
        this.lockDuration = lockDuration;
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
            thread.join(CLOSE_TIMEOUT.plus(LONGEST_COMMIT).toMillis());
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
            try (OwnedConsumer consumer = new OwnedConsumer(consumers.get())) {
                consumer.get().subscribe(List.of(topic));
                serve(consumer.get());
            } catch (InterruptException e) {
                // Restores the flag; nobody but the loop's owner interrupts it, and only to end it.
                closing = true;
            } catch (AuthenticationException | AuthorizationException | UnsupportedVersionException e) {
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
    private void serve(ShareConsumer<byte[], byte[]> consumer) {
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

    private void take(ShareConsumer<byte[], byte[]> consumer) {
        long now = System.nanoTime();
        Optional<ConsumerRecord<byte[], byte[]>> first = Optional.empty();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(IDLE_POLL)) {
            if (first.isEmpty()) {
                first = Optional.of(record);
            } else {
                consumer.acknowledge(record, AcknowledgeType.RELEASE);
            }
        }
        if (first.isPresent()) {
            consumer.acquisitionLockTimeoutMs().ifPresent(millis -> lockDuration = Duration.ofMillis(millis));
            hold(first.get(), now);
        }
    }

    private void hold(ConsumerRecord<byte[], byte[]> record, long acquiredNanos) {
        HeldLease lease =
                new HeldLease(JobRecord.of(record), record, acquiredNanos + lockDuration.toNanos(), this::wake);
        held = Optional.of(lease);
        scheduleRenewal(acquiredNanos);
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
    private void attend(ShareConsumer<byte[], byte[]> consumer, HeldLease lease) {
        if (stopping) {
            stopped.complete(null);
        }
        if (lease.wanted() == AcknowledgeType.RENEW && !closing && !lease.isLost()) {
            awaitBell();
        }
        if (lease.isLost()) {
            // Lost by the clock alone: the broker may still hold the lock, and others wait for it.
            acknowledge(consumer, lease, AcknowledgeType.RELEASE);
            held = Optional.empty();
        } else if (lease.wanted() != AcknowledgeType.RENEW) {
            settle(consumer, lease);
        } else if (closing) {
            lease.lose();
            // The consumer sends it while it closes. Without the close, its next fetch could take the job right back.
            consumer.acknowledge(lease.current(), AcknowledgeType.RELEASE);
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

    private void settle(ShareConsumer<byte[], byte[]> consumer, HeldLease lease) {
        held = Optional.empty();
        if (acknowledge(consumer, lease, lease.wanted())) {
            lease.settled();
        } else {
            lease.lose();
        }
    }

    private void renew(ShareConsumer<byte[], byte[]> consumer, HeldLease lease) {
        long now = System.nanoTime();
        if (acknowledge(consumer, lease, AcknowledgeType.RENEW)) {
            Optional<ConsumerRecord<byte[], byte[]>> back = takeBack(consumer, lease);
            if (back.isPresent()) {
                lease.renewed(back.get(), now + lockDuration.toNanos());
                scheduleRenewal(now);
                return;
            }
        }
        LOG.warn("The lease on {} is lost", lease.record().position());
        lease.lose();
        held = Optional.empty();
    }

    /** Polls until the renewed record is returned. A record of someone else's that comes along goes straight back. */
    private Optional<ConsumerRecord<byte[], byte[]>> takeBack(ShareConsumer<byte[], byte[]> consumer, HeldLease lease) {
        long deadline = System.nanoTime() + commitTimeout().toNanos();
        Optional<ConsumerRecord<byte[], byte[]>> back = Optional.empty();
        do {
            List<ConsumerRecord<byte[], byte[]>> strangers = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ZERO)) {
                if (lease.isFor(record)) {
                    back = Optional.of(record);
                } else {
                    strangers.add(record);
                }
            }
            if (!strangers.isEmpty()) {
                LOG.debug(
                        "A renewal of {} also acquired {} records",
                        lease.record().position(),
                        strangers.size());
                strangers.forEach(stranger -> consumer.acknowledge(stranger, AcknowledgeType.RELEASE));
                consumer.commitSync(commitTimeout());
            }
        } while (back.isEmpty() && System.nanoTime() - deadline < 0);
        return back;
    }

    /** Tells the broker and returns whether it agreed. */
    private boolean acknowledge(ShareConsumer<byte[], byte[]> consumer, HeldLease lease, AcknowledgeType type) {
        consumer.acknowledge(lease.current(), type);
        var verdicts = consumer.commitSync(commitTimeout());
        boolean agreed = !verdicts.isEmpty();
        for (Optional<KafkaException> verdict : verdicts.values()) {
            if (verdict.isPresent()) {
                LOG.info(
                        "{} of {} was refused: {}",
                        type,
                        lease.record().position(),
                        verdict.get().toString());
                agreed = false;
            }
        }
        return agreed;
    }

    /** A broker that does not answer within a third of the lock leaves no time for a second try. */
    private Duration commitTimeout() {
        Duration third = lockDuration.dividedBy(3);
        return third.compareTo(LONGEST_COMMIT) < 0 ? third : LONGEST_COMMIT;
    }

    private void scheduleRenewal(long fromNanos) {
        Duration third = lockDuration.dividedBy(3);
        Duration interval = third.compareTo(LONGEST_RENEWAL_INTERVAL) < 0 ? third : LONGEST_RENEWAL_INTERVAL;
        renewAtNanos = fromNanos + interval.toNanos();
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

    /** Closes the consumer within a bounded time, whatever state it is in. */
    private record OwnedConsumer(ShareConsumer<byte[], byte[]> get) implements AutoCloseable {
        @Override
        public void close() {
            try {
                get.close(CLOSE_TIMEOUT);
            } catch (KafkaException e) {
                LOG.warn("A consumer did not close cleanly: {}", e.toString());
            }
        }
    }
}
