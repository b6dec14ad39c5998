package dev.darkroom.worker.model;

import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A model's place among the loaded ones, from the first ask for it until it is closed. What is not final is guarded by the
 * lock of {@link LoadedModels}.
 */
final class ModelSlot {
    final CompletableFuture<Loaded> loading = new CompletableFuture<>();
    /** Borrowers. Those who wait for the load count too: a slot without uses is loaded. */
    int uses;
    /** When it was given back last, in returns of any model. */
    long lastUse;
    /** Empty until it is reserved. */
    Optional<MemoryNeed> memory = Optional.empty();

    /** What is closed together: the files are held for as long as the model has them mapped. */
    record Loaded(LoadedModel model, ModelRepository.HeldFiles files) implements AutoCloseable {
        @Override
        public void close() {
            try (files) {
                model.close();
            }
        }
    }

    boolean isLoaded() {
        return loading.isDone() && !loading.isCompletedExceptionally();
    }

    /** Waits for the load, on another thread than that which loads; fails as the load does. Empty if that was given up. */
    Optional<Loaded> join(String id) throws ModelException, InterruptedException {
        try {
            return Optional.of(loading.get());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof ModelException failure) {
                throw failure;
            }
            if (cause instanceof RuntimeException failure) {
                throw failure;
            }
            if (cause instanceof Error failure) {
                throw failure;
            }
            if (cause instanceof InterruptedException) {
                return Optional.empty();
            }
            throw new ModelException("Model " + id + " is not available: it could not be loaded", e);
        }
    }

    /** Closes what is loaded. If several do not close, the others' failures are suppressed in the first one's. */
    static void closeLoaded(Collection<ModelSlot> slots) {
        @Nullable RuntimeException failure = null;
        for (ModelSlot slot : slots) {
            try {
                if (slot.isLoaded()) {
                    slot.loading.join().close();
                }
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
