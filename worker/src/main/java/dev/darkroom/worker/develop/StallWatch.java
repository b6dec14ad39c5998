package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.InferenceException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends steps that take too long. A step that does not end even so fails its jobs all the same, and leaves the loop of no
 * use. A thread of its own; {@link #begins} and {@link #ended} are the loop's.
 */
final class StallWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StallWatch.class);
    private static final Duration LONGEST_END = Duration.ofSeconds(5);
    /** So many slow steps a worker may have. */
    private static final int TOLERATED = 1;

    private final StallLimits limits;
    private final LongSupplier nanoTime;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Condition changed = lock.newCondition();
    private Optional<Step> running = Optional.empty();
    private int stalls;
    private boolean hopeless;
    private boolean closing;

    /** A call of the UNet. */
    private static final class Step {
        final Batch batch;
        final long sinceNanos;
        boolean stalled; // guarded by the watch's lock

        Step(Batch batch, long sinceNanos) {
            this.batch = batch;
            this.sinceNanos = sinceNanos;
        }
    }

    /** @param nanoTime as {@link System#nanoTime}, by which a step takes too long */
    StallWatch(String device, StallLimits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.thread = new Thread(this::watch, "stalls-" + device);
        thread.setDaemon(true);
        thread.start();
    }

    void begins(Batch batch) {
        lock.lock();
        try {
            running = Optional.of(new Step(batch, nanoTime.getAsLong()));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void ended() {
        lock.lock();
        try {
            running = Optional.empty();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the step that runs was told to end. */
    boolean isStalled() {
        lock.lock();
        try {
            return running.isPresent() && running.get().stalled;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a step did not end when it was told to. */
    boolean isStuck() {
        lock.lock();
        try {
            return running.isPresent() && left(running.get(), limits.timeout().plus(limits.ending())) <= 0;
        } finally {
            lock.unlock();
        }
    }

    /** Why the jobs of such a step fail. */
    InferenceException failure() {
        return new InferenceException(
                "A step did not end within " + limits.timeout() + " (setting stall-timeout)",
                new IllegalStateException("stalled"));
    }

    private void watch() {
        try {
            while (true) {
                Optional<Step> stalled = awaitStall();
                if (stalled.isEmpty()) {
                    return;
                }
                end(stalled.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a step that takes too long; empty when this is closed. */
    private Optional<Step> awaitStall() throws InterruptedException {
        lock.lock();
        try {
            while (!closing) {
                if (running.isEmpty() || running.get().stalled) {
                    changed.await();
                    continue;
                }
                long left = left(running.get(), limits.timeout());
                if (left <= 0) {
                    running.get().stalled = true;
                    stalls++;
                    return running;
                }
                changed.await(left, TimeUnit.NANOSECONDS);
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private void end(Step step) throws InterruptedException {
        log.error("A step did not end within {}: it is ended, and its jobs fail", limits.timeout());
        step.batch.interrupt();
        boolean over = awaitEnd(step);
        if (!over) {
            log.error("The step did not end within another {}: nothing can run on this device", limits.ending());
            step.batch.fail(failure());
        }
        if (!over || stalls > TOLERATED) {
            giveUp();
        }
    }

    private boolean awaitEnd(Step step) throws InterruptedException {
        lock.lock();
        try {
            long left = limits.ending().toNanos();
            while (!closing && isRunning(step) && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !isRunning(step);
        } finally {
            lock.unlock();
        }
    }

    private boolean isRunning(Step step) {
        return running.isPresent() && running.get() == step;
    }

    private void giveUp() {
        lock.lock();
        try {
            if (hopeless || closing) {
                return;
            }
            hopeless = true;
        } finally {
            lock.unlock();
        }
        limits.onHopeless().run();
    }

    private long left(Step step, Duration limit) {
        return limit.toNanos() - (nanoTime.getAsLong() - step.sinceNanos);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(LONGEST_END.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
