package dev.darkroom.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Raised once, when a job is to end before its pictures are there. Safe for use by several threads. */
final class StopSignal {
    private final CompletableFuture<Boolean> raised = new CompletableFuture<>();

    void raise() {
        raised.complete(true);
    }

    boolean isRaised() {
        return raised.isDone();
    }

    /** Runs the action when the signal is raised, at once if it is already. */
    @SuppressWarnings("FutureReturnValueIgnored") // only for the effect of the action, which does not fail
    void whenRaised(Runnable action) {
        raised.thenRun(action);
    }

    /** Waits; true if the signal was raised meanwhile. */
    boolean await(Duration limit) throws InterruptedException {
        try {
            return raised.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A signal is raised, it does not fail", e);
        }
    }
}
