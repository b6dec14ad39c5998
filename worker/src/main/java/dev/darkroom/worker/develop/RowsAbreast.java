package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.RowRange;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

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
        return halves(rows.count(), part -> unet.predict(part.of(rows), interruption), Tensor::stack);
    }

    @Override
    public Optional<DeepFeatures> deepFeatures() {
        return unet.deepFeatures().map(FeaturesAbreast::new);
    }

    /** The same of the deep features. */
    private final class FeaturesAbreast implements DeepFeatures {
        private final DeepFeatures features;

        FeaturesAbreast(DeepFeatures features) {
            this.features = features;
        }

        @Override
        public int channels() {
            return features.channels();
        }

        @Override
        public Prediction predict(UnetRows rows, Interruption interruption) {
            return halves(rows.count(), part -> features.predict(part.of(rows), interruption), Prediction::stack);
        }

        @Override
        public Tensor predictFrom(Tensor known, UnetRows rows, Interruption interruption) {
            return halves(
                    rows.count(),
                    part -> features.predictFrom(part.of(known), part.of(rows), interruption),
                    Tensor::stack);
        }
    }

    private <T> T halves(int rows, Function<RowRange, T> call, Function<List<T>, T> stack) {
        int half = rows / 2;
        if (half == 0) {
            return call.apply(new RowRange(0, rows));
        }
        CompletableFuture<T> second = begin(() -> call.apply(new RowRange(half, rows - half)));
        T first;
        try {
            first = call.apply(new RowRange(0, half));
        } catch (RuntimeException | Error e) {
            second.handle((result, failure) -> failure).join(); // a call ends once, whole
            throw e;
        }
        return stack.apply(List.of(first, end(second)));
    }

    private <T> CompletableFuture<T> begin(Supplier<T> half) {
        try {
            return CompletableFuture.supplyAsync(half, thread);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("The UNet is closed", e);
        }
    }

    /** Waits to the end even where the calling thread is interrupted: that is no wish to end the call. */
    private static <T> T end(CompletableFuture<T> half) {
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
