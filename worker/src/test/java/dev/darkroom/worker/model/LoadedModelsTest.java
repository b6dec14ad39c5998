package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadedModelsTest {
    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final GatedLoader loader = new GatedLoader();

    @BeforeEach
    void twoModels() throws IOException {
        for (String id : List.of("a", "b")) {
            Files.createDirectories(folder.resolve(id));
            Files.writeString(folder.resolve(id).resolve("model_index.json"), "{}");
        }
    }

    @AfterEach
    void endThreads() {
        loader.gate.countDown();
        threads.shutdownNow();
    }

    @Test
    void severalCallersShareOneLoad() throws Exception {
        LoadedModels models = models();
        List<Future<Optional<LoadedModel>>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(threads.submit(() -> models.get("a")));
        }
        loader.loading.await();
        loader.gate.countDown();
        for (Future<Optional<LoadedModel>> call : calls) {
            assertThat(call.get()).containsSame(loader.made.get(0));
        }
        assertThat(models.get("a")).containsSame(loader.made.get(0));
        assertThat(loader.made).hasSize(1);
    }

    @Test
    void aLoadThatFailedIsTriedAgain() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        for (Throwable failure :
                List.of(new ModelException("broken"), new IllegalStateException("broken"), new OutOfMemoryError())) {
            loader.failure = failure;
            assertThatThrownBy(() -> models.get("a")).isSameAs(failure);
        }
        loader.failure = null;
        assertThat(models.get("a")).containsSame(loader.made.get(0));
    }

    @Test
    void whoWaitsForALoadThatFailsGetsItsFailure() throws Exception {
        LoadedModels models = models();
        loader.failure = new ModelException("broken");
        List<Future<Optional<LoadedModel>>> calls =
                List.of(threads.submit(() -> models.get("a")), threads.submit(() -> models.get("a")));
        loader.loading.await();
        loader.gate.countDown();
        for (Future<Optional<LoadedModel>> call : calls) {
            assertThatThrownBy(call::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelException.class)
                    .hasMessageContaining("broken");
        }
    }

    @Test
    void anUnknownModelIsEmpty() throws Exception {
        assertThat(models().get("c")).isEmpty();
    }

    @Test
    void closingClosesAllModelsEvenIfOneFails() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        models.get("a");
        models.get("b");
        loader.made.forEach(model -> model.broken = true);
        assertThatThrownBy(models::close).isInstanceOf(IllegalStateException.class);
        assertThat(loader.made).hasSize(2).allMatch(model -> model.closed.getCount() == 0);
    }

    @Test
    void aModelThatIsLoadingDuringTheCloseIsClosedWhenItIsLoaded() throws Exception {
        LoadedModels models = models();
        Future<Optional<LoadedModel>> call = threads.submit(() -> models.get("a"));
        loader.loading.await();
        models.close();
        assertThat(loader.made).isEmpty();
        loader.gate.countDown();
        assertThatThrownBy(call::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ModelException.class)
                .hasMessageContaining("closed");
        assertThat(loader.made.get(0).closed.await(0, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void afterTheCloseNothingIsHandedOut() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        models.get("a");
        models.close();
        for (String id : List.of("a", "b")) {
            assertThatThrownBy(() -> models.get(id))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(id, "closed");
        }
        assertThat(loader.made).hasSize(1);
    }

    private LoadedModels models() throws ModelException {
        return new LoadedModels(ModelCatalogue.of(folder), loader);
    }

    /** Loads nothing, when it is let. */
    private static final class GatedLoader implements ModelLoader {
        final CountDownLatch loading = new CountDownLatch(1);
        final CountDownLatch gate = new CountDownLatch(1);
        final List<FakeModel> made = new CopyOnWriteArrayList<>();
        volatile @Nullable Throwable failure;

        @Override
        public LoadedModel load(ModelFiles files) throws ModelException {
            loading.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ModelException("Interrupted", e);
            }
            Throwable now = failure;
            if (now instanceof ModelException e) {
                throw e;
            }
            if (now instanceof RuntimeException e) {
                throw e;
            }
            if (now instanceof Error e) {
                throw e;
            }
            FakeModel model = new FakeModel();
            made.add(model);
            return model;
        }
    }

    /** Can be closed, and nothing else. */
    private static final class FakeModel implements LoadedModel {
        final CountDownLatch closed = new CountDownLatch(1);
        volatile boolean broken;

        @Override
        public void close() {
            closed.countDown();
            if (broken) {
                throw new IllegalStateException("does not close");
            }
        }

        @Override
        public ModelDescription description() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String sha256() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ClipTokenizer tokenizer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public TextEncoder textEncoder() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Unet unet() {
            throw new UnsupportedOperationException();
        }

        @Override
        public VaeDecoder vaeDecoder() {
            throw new UnsupportedOperationException();
        }

        @Override
        public VaeEncoder vaeEncoder() {
            throw new UnsupportedOperationException();
        }
    }
}
