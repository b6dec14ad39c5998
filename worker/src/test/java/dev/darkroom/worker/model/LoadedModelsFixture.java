package dev.darkroom.worker.model;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;

/** Models that load when they are let, and the threads that ask for them. */
abstract class LoadedModelsFixture {
    static final List<String> IDS = List.of("a", "b", "c");
    static final long SIZE = 3_000_000_000L;

    final ExecutorService threads = Executors.newCachedThreadPool();
    final GatedLoader loader = new GatedLoader(SIZE);
    final CountedFiles files = new CountedFiles(IDS);

    @AfterEach
    void endThreads() {
        loader.gate.countDown();
        threads.shutdownNow();
    }

    /** With room for two. */
    LoadedModels models() {
        return new LoadedModels(files, loader, 2 * SIZE);
    }

    static BorrowedModel take(LoadedModels models, String id) throws Exception {
        return models.borrow(ModelVariant.of(id)).orElseThrow();
    }

    Future<BorrowedModel> borrow(LoadedModels models, String id) {
        return threads.submit(() -> take(models, id));
    }

    /** Until so many loads wait for memory. */
    static void awaitWaiting(LoadedModels models, int count) {
        while (models.waitingForMemory() < count) { // the test's timeout bounds it
            Thread.onSpinWait();
        }
    }
}
