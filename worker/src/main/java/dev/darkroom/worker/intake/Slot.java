package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidSessionTimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that owns a consumer and holds at most one lease. A consumer whose state is in doubt is closed, which hands
 * back all it has, and replaced.
 */
final class Slot {
    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);
    private static final Duration LONGEST_END = Duration.ofSeconds(30);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    /** The life of one consumer. All on the slot's thread. */
    interface Session extends AutoCloseable {
        /** Whether a lease is held. */
        boolean isBusy();

        /** Waits a moment for a job and, if there is one, holds it. Nothing may be held. */
        Optional<HeldLease> take();

        /** Waits a moment for what the holder of the lease asks for, and does what is due. */
        void attend();

        /** Loses what is held, lets the broker know, and ends within a bounded time. */
        @Override
        void close();
    }

    private final Function<Slot, Session> sessions;
    private final String topic;
    private final Thread thread;
    /** Rings when something changed that a waiting slot must look at. */
    private final Semaphore bell = new Semaphore(0);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private volatile boolean started;
    private volatile boolean suspended;
    private volatile boolean stopping;
    private volatile boolean closing;
    /** Makes a consumer return from its poll. */
    private volatile Runnable interruption = () -> {};

    private Consumer<Lease> receiver = lease -> {};

    /**
     * A slot that does nothing before {@link #start}.
     *
     * @param sessions opens one session after the other, on the slot's thread
     * @param topic for messages
     */
    Slot(Function<Slot, Session> sessions, String topic, String threadName) {
        this.sessions = sessions;
        this.topic = topic;
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

    /** Takes no further job until {@link #resume}. A consumer that has no lease is closed: open, it would acquire one. */
    void suspend() {
        suspended = true;
        wake();
    }

    void resume() {
        suspended = false;
        wake();
    }

    /** Completes when no job can be taken any more; at once on the slot's own thread, which cannot wait for itself. */
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

    /** From any thread: there is something that the slot must look at. */
    void wake() {
        bell.release();
        interruption.run();
    }

    /** How to interrupt a session that waits in its consumer instead of for the bell. */
    void interruptWith(Runnable action) {
        interruption = action;
    }

    /** On the slot's thread, while a lease is held: whoever stops the slot need not wait for that lease's end. */
    void confirmStop() {
        if (stopping) {
            stopped.complete(null);
        }
    }

    /** Whether further jobs are to be taken, as it is now. */
    boolean isTaking() {
        return !stopping && !suspended;
    }

    /** Whether what is held is to be handed back. */
    boolean isClosing() {
        return closing;
    }

    /** Waits until something happens, but no longer than to a time in {@link System#nanoTime}'s terms. */
    void awaitBell(long untilNanos) {
        try {
            bell.tryAcquire(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            bell.drainPermits();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closing = true;
        }
    }

    private void run() {
        try {
            consume();
        } catch (RuntimeException | Error e) {
            ended.completeExceptionally(new IntakeException("Taking jobs failed unexpectedly: " + e, e));
            throw e;
        } finally {
            stopped.complete(null);
            ended.complete(null);
        }
    }

    /** Replaces sessions until the slot is to end or Kafka refuses the worker for good. */
    private void consume() {
        Optional<IntakeException> failure = Optional.empty();
        while (failure.isEmpty() && awaitTaking()) {
            try (Session session = sessions.apply(this)) {
                serve(session);
            } catch (InterruptException e) {
                // Restores the flag; nobody but the slot's owner interrupts it, and only to end it.
                closing = true;
            } catch (AuthenticationException
                    | AuthorizationException
                    | UnsupportedVersionException
                    | InvalidSessionTimeoutException
                    | ConfigException e) {
                failure = Optional.of(refused(e));
            } catch (KafkaException | IllegalStateException e) {
                LOG.warn("The consumer of {} is replaced: {}", topic, e.toString());
                LOG.debug("Cause", e);
                pause();
            }
        }
        failure.ifPresent(ended::completeExceptionally);
    }

    /** Waits while the slot is suspended; false when it is to end. */
    private boolean awaitTaking() {
        while (suspended && !finished()) {
            awaitBell(System.nanoTime() + LONGEST_WAIT.toNanos());
        }
        return !finished();
    }

    private boolean finished() {
        return closing || stopping;
    }

    /** Serves until the slot is to end or to wait, or the consumer throws. */
    private void serve(Session session) {
        while (true) {
            if (session.isBusy()) {
                confirmStop();
                session.attend();
            } else if (!isTaking() || closing) {
                return;
            } else {
                session.take().ifPresent(this::deliver);
            }
        }
    }

    private void deliver(HeldLease lease) {
        try {
            receiver.accept(lease);
        } catch (RuntimeException e) {
            LOG.error(
                    "The receiver of {} failed; the job is handed back",
                    lease.record().position(),
                    e);
            var unused = lease.release();
        }
    }

    private void pause() {
        long until = System.nanoTime() + RETRY_PAUSE.toNanos();
        while (!finished() && System.nanoTime() - until < 0) {
            awaitBell(until);
        }
    }

    private IntakeException refused(KafkaException cause) {
        String settings = cause instanceof InvalidSessionTimeoutException
                ? "share.lock-duration"
                : "kafka.properties.* (DARKROOM_KAFKA_PROPERTY_*), kafka.topics.jobs and kafka.group";
        return new IntakeException(
                "Kafka does not let this worker take jobs from " + topic + ". Check " + settings + ": "
                        + cause.getMessage(),
                cause);
    }
}
