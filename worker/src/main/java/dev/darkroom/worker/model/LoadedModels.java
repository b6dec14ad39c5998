package dev.darkroom.worker.model;

import java.nio.file.Path;
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
    private final ModelCatalogue catalogue;
    private final ModelLoader loader;
    private final Map<String, CompletableFuture<LoadedModel>> models = new HashMap<>(); // guarded by itself

    public LoadedModels(ModelCatalogue catalogue, ModelLoader loader) {
        this.catalogue = catalogue;
        this.loader = loader;
    }

    /** Ids of all models that can be asked for. */
    public List<String> ids() {
        return catalogue.ids();
    }

    /**
     * A model, loaded on this thread if nobody has before; empty if the catalogue does not have it. A load that failed
     * is tried again by the next call.
     *
     * @throws ModelException when it cannot be loaded
     */
    public Optional<LoadedModel> get(String id) throws ModelException {
        Optional<Path> checkpoint = catalogue.find(id);
        if (checkpoint.isEmpty()) {
            return Optional.empty();
        }
        CompletableFuture<LoadedModel> mine = new CompletableFuture<>();
        @Nullable CompletableFuture<LoadedModel> earlier;
        synchronized (models) {
            earlier = models.putIfAbsent(id, mine);
        }
        return Optional.of(earlier == null ? load(id, checkpoint.get(), mine) : join(earlier));
    }

    private LoadedModel load(String id, Path checkpoint, CompletableFuture<LoadedModel> mine) throws ModelException {
        try {
            LoadedModel model = loader.load(id, checkpoint);
            mine.complete(model);
            return model;
        } catch (ModelException | RuntimeException | Error e) {
            synchronized (models) {
                models.remove(id);
            }
            mine.completeExceptionally(e);
            throw e;
        }
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

    /** Closes every model. No job may be running. */
    @Override
    public void close() {
        List<CompletableFuture<LoadedModel>> all;
        synchronized (models) {
            all = List.copyOf(models.values());
            models.clear();
        }
        for (CompletableFuture<LoadedModel> model : all) {
            if (model.isDone() && !model.isCompletedExceptionally()) {
                model.join().close();
            }
        }
    }
}
