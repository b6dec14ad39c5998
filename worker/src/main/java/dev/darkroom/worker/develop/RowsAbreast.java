package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.RowRange;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A UNet that computes the parts of a call at the same time, one on the calling thread and the others on threads of its own.
 * A small network has too little to do in an operator for several threads: they wait for each other more than they compute,
 * while the parts wait for each other once a call. For a UNet whose rows are independent, so that nothing else comes of
 * it. Safe for use by several threads.
 */
final class RowsAbreast implements Unet {
    private final Unet whole;
    private final Unet part;
    private final Optional<Unet> owned;
    private final int parts;
    private final ExecutorService threads;

    private RowsAbreast(Unet whole, Unet part, Optional<Unet> owned, int parts, String model) {
        if (!whole.rowsAreIndependent()) {
            throw new IllegalArgumentException("Rows that depend on their company cannot be computed apart");
        }
        this.whole = whole;
        this.part = part;
        this.owned = owned;
        this.parts = parts;
        // Each is started with the first call that needs it.
        this.threads = Executors.newFixedThreadPool(parts - 1, task -> new Thread(task, "rows-" + model));
    }

    /** Two parts, each computed as a call of the UNet; that belongs to whoever made it. */
    static RowsAbreast halves(Unet unet, String model) {
        return new RowsAbreast(unet, unet, Optional.empty(), 2, model);
    }

    /**
     * As many parts as threads, each computed on one of them.
     *
     * @param unet for fewer rows than threads, some of which would have nothing to do; belongs to whoever made it
     * @param one the same network for parts; closed with this
     * @param threads at least two
     */
    static RowsAbreast onAThreadEach(Unet unet, Unet one, int threads, String model) {
        return new RowsAbreast(unet, one, Optional.of(one), threads, model);
    }

    @Override
    public Tensor predict(UnetRows rows, Interruption interruption) {
        return abreast(
                rows.count(), whole, part, (unet, range) -> unet.predict(range.of(rows), interruption), Tensor::stack);
    }

    @Override
    public Optional<DeepFeatures> deepFeatures() {
        return whole.deepFeatures()
                .map(features ->
                        new FeaturesAbreast(features, part.deepFeatures().orElseThrow()));
    }

    /** The same of the deep features. */
    private final class FeaturesAbreast implements DeepFeatures {
        private final DeepFeatures ofWhole;
        private final DeepFeatures ofPart;

        FeaturesAbreast(DeepFeatures ofWhole, DeepFeatures ofPart) {
            this.ofWhole = ofWhole;
            this.ofPart = ofPart;
        }

        @Override
        public int channels() {
            return ofWhole.channels();
        }

        @Override
        public Prediction predict(UnetRows rows, Interruption interruption) {
            return abreast(
                    rows.count(),
                    ofWhole,
                    ofPart,
                    (features, range) -> features.predict(range.of(rows), interruption),
                    Prediction::stack);
        }

        @Override
        public Tensor predictFrom(Tensor known, UnetRows rows, Interruption interruption) {
            return abreast(
                    rows.count(),
                    ofWhole,
                    ofPart,
                    (features, range) -> features.predictFrom(range.of(known), range.of(rows), interruption),
                    Tensor::stack);
        }
    }

    /**
     * Makes a call.
     *
     * @param ofWhole computes fewer rows than there are parts
     * @param ofPart computes a part
     */
    private <N, T> T abreast(
            int rows, N ofWhole, N ofPart, BiFunction<N, RowRange, T> call, Function<List<T>, T> stack) {
        if (rows < parts) {
            return call.apply(ofWhole, new RowRange(0, rows));
        }
        List<CompletableFuture<T>> others = new ArrayList<>();
        List<T> results = new ArrayList<>();
        try {
            for (int index = 1; index < parts; index++) {
                RowRange range = range(rows, index);
                others.add(begin(() -> call.apply(ofPart, range)));
            }
            results.add(call.apply(ofPart, range(rows, 0)));
        } catch (RuntimeException | Error e) {
            others.forEach(RowsAbreast::awaitEnd); // a call ends once, whole
            throw e;
        }
        others.forEach(RowsAbreast::awaitEnd);
        others.forEach(other -> results.add(result(other)));
        return stack.apply(results);
    }

    private RowRange range(int rows, int index) {
        int first = rows * index / parts;
        return new RowRange(first, rows * (index + 1) / parts - first);
    }

    private <T> CompletableFuture<T> begin(Supplier<T> call) {
        try {
            return CompletableFuture.supplyAsync(call, threads);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("The UNet is closed", e);
        }
    }

    /** Waits to the end even where the calling thread is interrupted: that is no wish to end the call. */
    private static void awaitEnd(CompletableFuture<?> call) {
        call.handle((result, failure) -> failure).join();
    }

    private static <T> T result(CompletableFuture<T> ended) {
        try {
            return ended.join();
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

    /** Ends the network for parts, with the calls of it that are under way, and the threads; the UNet stays open. */
    @Override
    public void close() {
        threads.shutdown();
        owned.ifPresent(Unet::close);
    }
}
