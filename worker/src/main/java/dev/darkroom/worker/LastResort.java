package dev.darkroom.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a worker that can do nothing more, so that whoever runs it starts another: it stops as far as it can, and then the
 * process ends, whatever hangs. Safe for use by several threads.
 */
final class LastResort {
    private static final Logger log = LoggerFactory.getLogger(LastResort.class);
    private static final Duration LONGEST_STOP = Duration.ofMinutes(2);
    private static final int EXIT_CODE = 1;

    private final IntConsumer exit;
    private final CompletableFuture<Runnable> stop = new CompletableFuture<>();
    private final AtomicBoolean used = new AtomicBoolean();
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /**
     * For one worker.
     *
     * @param exit ends the process at once, with this code
     */
    LastResort(IntConsumer exit) {
        this.exit = exit;
    }

    /** The worker has started. */
    void stopsBy(Runnable stopping) {
        stop.complete(stopping);
    }

    boolean isUsed() {
        return used.get();
    }

    /** Once used: waits until the process has been ended, so that nobody ends it in another way first. */
    void awaitEnd() throws InterruptedException {
        try {
            over.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("The end of a process does not fail", e);
        }
    }

    /** Ends the worker, on threads of its own. Later calls do nothing. */
    void use() {
        if (used.compareAndSet(false, true)) {
            daemon(this::end, "last-resort").start();
        }
    }

    private void end() {
        log.error(
                "The device does not work any more: this worker hands its jobs back and ends with code {}", EXIT_CODE);
        Thread stopping = daemon(() -> stop.join().run(), "last-stop");
        stopping.start();
        try {
            stopping.join(LONGEST_STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exit.accept(EXIT_CODE);
            over.complete(null); // only where the process does not really end
        }
    }

    private static Thread daemon(Runnable action, String name) {
        Thread thread = new Thread(action, name);
        thread.setDaemon(true);
        return thread;
    }
}
