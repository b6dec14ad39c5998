package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.Tensor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that keeps a device busy: one thread, one call of the UNet after the other, each shared by the pictures that
 * can share it. A job joins at the next step and leaves after its last; nothing in the loop waits for anything but jobs.
 *
 * <p>Jobs share the calls by their {@link Share}. None starves: the oldest job of a tenant is in one of every {@code n * t}
 * calls at least, where {@code t} is the number of tenants in its lane, and {@code n} is 1, and for each other lane that
 * has jobs meanwhile its weight divided by this lane's, rounded up. With weights 8, 4 and 1, and one tenant, that is one
 * call of 3, of 4 and of 13.
 */
public final class DenoisingLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DenoisingLoop.class);
    private static final int STOP_SECONDS = 60;
    private static final Duration STALLED = Duration.ofMinutes(30);
    private static final long NO_STEP = Long.MIN_VALUE;

    private final Seating seating; // the loop's thread only
    private final BlockingQueue<Generation> arrivals = new LinkedBlockingQueue<>();
    private final Deque<Generation> inFlight = new ArrayDeque<>(); // the loop's thread only; oldest first
    private final Thread thread;
    private volatile boolean stopping;
    private volatile long stepping = NO_STEP; // since when the step that runs does

    /**
     * Starts the loop.
     *
     * @param device names the thread
     * @param maxRows most rows of one call; a guided picture takes two
     */
    public DenoisingLoop(String device, int maxRows) {
        if (maxRows < 1) {
            throw new IllegalArgumentException("A batch needs at least one row, not " + maxRows);
        }
        this.seating = new Seating(maxRows);
        this.thread = new Thread(this::denoise, "denoise-" + device);
        this.thread.start();
    }

    /** Hands a job to the loop; its {@link Generation#done} completes when it has left again. */
    public void submit(Generation generation) {
        if (stopping) {
            throw new RejectedExecutionException("The denoising loop is stopping");
        }
        if (!generation.retire()) { // a resumed one may have all its steps behind it
            arrivals.add(generation);
        }
    }

    private void denoise() {
        while (admit()) {
            Batch batch = seating.next(inFlight);
            stepping = System.nanoTime();
            try {
                Tensor prediction = batch.predict();
                batch.step(prediction);
            } catch (RuntimeException | Error e) { // whatever it is, it is these jobs' failure, not the loop's
                batch.fail(e);
            }
            stepping = NO_STEP;
            inFlight.removeIf(Generation::retire);
        }
        arrivals.drainTo(inFlight);
        inFlight.forEach(Generation::cancel);
        inFlight.removeIf(Generation::retire);
    }

    /** False when the loop has ended unasked, or has been in one step for longer than any step takes. */
    public boolean isAlive() {
        long since = stepping;
        return thread.isAlive() && (since == NO_STEP || System.nanoTime() - since < STALLED.toNanos());
    }

    /** Lets new jobs in, waiting for one if there is nothing to do; false when the loop is to end. */
    private boolean admit() {
        try {
            while (inFlight.isEmpty() && !stopping) {
                inFlight.add(arrivals.take());
                arrivals.drainTo(inFlight);
                inFlight.removeIf(Generation::retire); // cancelled before its first step
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        arrivals.drainTo(inFlight);
        return !stopping;
    }

    /** Ends the loop after the step that runs; jobs still in flight are cancelled. */
    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            if (thread.isAlive()) {
                log.error("The denoising loop did not end within {} s; its step still runs", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
