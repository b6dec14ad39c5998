package dev.darkroom.worker;

import dev.darkroom.worker.model.BorrowedModel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a job leave while its model is fetched, waits for memory or loads. Each waits on a thread of the desk's, which is
 * interrupted when its job has left; a load that cannot be interrupted goes on, and its model is given back. So there is
 * a thread for each job that waits, and one for each load at most. Safe for use by several threads.
 */
final class ModelDesk implements AutoCloseable {
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final ExecutorService threads;

    ModelDesk() {
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "model-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** What waits for a model, for however long it takes. */
    interface Loan {
        BorrowedModel await() throws JobFailedException, InterruptedException;
    }

    /**
     * The model of a loan.
     *
     * @param left how long the job can wait
     * @param stop ends the wait
     * @throws ExpiredException when it takes longer
     */
    BorrowedModel borrow(Loan loan, Duration left, StopSignal stop)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        CompletableFuture<BorrowedModel> answer = new CompletableFuture<>();
        Future<?> waiting = threads.submit(() -> {
            try {
                BorrowedModel model = loan.await();
                if (!answer.complete(model)) {
                    model.close();
                }
            } catch (JobFailedException | InterruptedException | RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        stop.whenRaised(() -> answer.completeExceptionally(new StoppedException()));
        try {
            return answer.get(Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            if (answer.completeExceptionally(e)) {
                throw new ExpiredException(0);
            }
            return answered(answer);
        } catch (InterruptedException e) {
            if (!answer.completeExceptionally(e)) {
                answered(answer).close();
            }
            throw e;
        } catch (ExecutionException e) {
            throw failure(e);
        } finally {
            waiting.cancel(true); // of no effect on one that has answered
        }
    }

    private static BorrowedModel answered(CompletableFuture<BorrowedModel> answer)
            throws JobFailedException, StoppedException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    private static IllegalStateException failure(ExecutionException e)
            throws JobFailedException, StoppedException, InterruptedException {
        Throwable cause = e.getCause();
        if (cause instanceof JobFailedException failure) {
            throw failure;
        }
        if (cause instanceof StoppedException stopped) {
            throw stopped;
        }
        if (cause instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (cause instanceof RuntimeException failure) {
            throw failure;
        }
        if (cause instanceof Error failure) {
            throw failure;
        }
        return new IllegalStateException("A model cannot be borrowed", e);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
