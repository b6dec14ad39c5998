package dev.darkroom.worker.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The models that this worker has loaded: each at its first use, and once however many jobs ask at the same time. Owns
 * them all. Safe for use by several threads.
 */
public final class LoadedModels implements AutoCloseable {
    private final ModelRepository repository;
    private final ModelLoader loader;
    private final Map<String, CompletableFuture<LoadedModel>> models = new HashMap<>(); // guarded by itself
    private boolean closed; // guarded by models

    public LoadedModels(ModelRepository repository, ModelLoader loader) {
        this.repository = repository;
        this.loader = loader;
    }

    /** Ids of all models that can be asked for. */
    public List<String> ids() {
        return repository.ids();
    }

    /**
     * A model, loaded on this thread if nobody has before; empty if the catalogue does not have it. A load that failed
     * is tried again by the next call.
     *
     * @throws ModelException when it cannot be loaded, or this was closed
     */
    public Optional<LoadedModel> get(String id) throws ModelException {
        if (!repository.has(id)) {
            return Optional.empty();
        }
        CompletableFuture<LoadedModel> mine = new CompletableFuture<>();
        @Nullable CompletableFuture<LoadedModel> earlier;
        synchronized (models) {
            if (closed) {
                throw closed(id);
            }
            earlier = models.putIfAbsent(id, mine);
        }
        return Optional.of(earlier == null ? load(id, mine) : join(earlier));
    }

    private LoadedModel load(String id, CompletableFuture<LoadedModel> mine) throws ModelException {
        try {
            LoadedModel model = loader.load(repository.open(id).orElseThrow().files());
            if (!keep(model, mine)) {
                model.close();
                throw closed(id);
            }
            return model;
        } catch (ModelException | RuntimeException | Error e) {
            synchronized (models) {
                models.remove(id);
            }
            mine.completeExceptionally(e);
            throw e;
        }
    }

    /** Hands a model over to {@link #close}, unless that has been and gone: then it stays with the caller. */
    private boolean keep(LoadedModel model, CompletableFuture<LoadedModel> loading) {
        synchronized (models) {
            return !closed && loading.complete(model);
        }
    }

    private static ModelException closed(String id) {
        return new ModelException("Model " + id + " is not available: the worker has closed its models");
    }

    private static LoadedModel join(CompletableFuture<LoadedModel> loading) throws ModelException {
        try {
            return loading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ModelException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /**
     * Closes every model, and has one that is still loading closed as soon as it is loaded. What runs on a model ends
     * with an {@link InferenceException}. If several models do not close, the others' failures are suppressed in the
     * first one's.
     */
    @Override
    public void close() {
        List<CompletableFuture<LoadedModel>> all;
        synchronized (models) {
            closed = true;
            all = List.copyOf(models.values());
            models.clear();
        }
        @Nullable RuntimeException failure = null;
        for (CompletableFuture<LoadedModel> model : all) {
            try {
                if (model.isDone() && !model.isCompletedExceptionally()) {
                    model.join().close();
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
