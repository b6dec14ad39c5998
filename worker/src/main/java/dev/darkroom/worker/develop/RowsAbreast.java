package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * A UNet that computes the two halves of a call at the same time, one on the calling thread and one on a thread of its own.
 * A small network has too little to do in an operator for several threads: they wait for each other more than they compute,
 * while two halves wait for each other once a call. For a UNet whose rows are independent, so that nothing else comes of
 * it. Safe for use by several threads.
 */
final class RowsAbreast implements Unet {
    private final Unet unet;
    private final ExecutorService thread;

    /** Starts the thread, with the first call that needs it. The UNet belongs to whoever made it. */
    RowsAbreast(Unet unet, String model) {
        if (!unet.rowsAreIndependent()) {
            throw new IllegalArgumentException("Rows that depend on their company cannot be computed apart");
        }
        this.unet = unet;
        this.thread = Executors.newSingleThreadExecutor(task -> new Thread(task, "rows-" + model));
    }

    @Override
    public Tensor predict(UnetRows rows, Interruption interruption) {
        int half = rows.count() / 2;
        if (half == 0) {
            return unet.predict(rows, interruption);
        }
        UnetRows others = rows.rows(half, rows.count() - half);
        CompletableFuture<Tensor> second = begin(others, interruption);
        Tensor first;
        try {
            first = unet.predict(rows.rows(0, half), interruption);
        } catch (RuntimeException | Error e) {
            second.handle((tensor, failure) -> failure).join(); // a call ends once, whole
            throw e;
        }
        return Tensor.stack(List.of(first, end(second)));
    }

    private CompletableFuture<Tensor> begin(UnetRows rows, Interruption interruption) {
        try {
            return CompletableFuture.supplyAsync(() -> unet.predict(rows, interruption), thread);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("The UNet is closed", e);
        }
    }

    /** Waits to the end even where the calling thread is interrupted: that is no wish to end the call. */
    private static Tensor end(CompletableFuture<Tensor> half) {
        try {
            return half.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    @Override
    public boolean rowsAreIndependent() {
        return true;
    }

    /** Ends the thread, once it is through; the UNet stays open. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
