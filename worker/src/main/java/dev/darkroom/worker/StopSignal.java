package dev.darkroom.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
        return await(limit, new CompletableFuture<>());
    }

    /** The same, but no longer than to the end of what comes otherwise, well or not. */
    boolean await(Duration limit, CompletionStage<?> otherwise) throws InterruptedException {
        try {
            CompletableFuture.anyOf(raised, otherwise.toCompletableFuture())
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return isRaised();
        }
        return isRaised();
    }
}
