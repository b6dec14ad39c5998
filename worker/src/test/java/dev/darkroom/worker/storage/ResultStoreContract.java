package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every bucket must do. */
abstract class ResultStoreContract {
    private static final String TYPE = "application/octet-stream";

    private ResultStore store;

    /** A store whose bucket does not exist yet. */
    abstract ResultStore newStore() throws Exception;

    @BeforeEach
    void createBucket() throws Exception {
        store = newStore();
        store.ensureBucket();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void whatWasPutIsFound() throws Exception {
        byte[] bytes = {0, 1, (byte) 0xff, 3};

        assertThat(store.putIfAbsent("pictures/job/0123456789abcdef/0.png", bytes, "image/png"))
                .isEqualTo(ResultStore.PutResult.CREATED);

        assertThat(store.get("pictures/job/0123456789abcdef/0.png")).isEqualTo(bytes);
    }

    @Test
    void anEmptyObjectIsFound() throws Exception {
        store.putIfAbsent("empty", new byte[0], TYPE);

        assertThat(store.find("empty"))
                .hasValueSatisfying(bytes -> assertThat(bytes).isEmpty());
    }

    @Test
    void whatIsAbsentIsNotFound() throws Exception {
        assertThat(store.find("no/such/object")).isEmpty();
        assertThatThrownBy(() -> store.get("no/such/object"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("no/such/object");
    }

    @Test
    void whatAnybodyPutThereIsReadUpToABound() throws Exception {
        store.putIfAbsent("inputs/five", new byte[5], TYPE);

        assertThat(store.read("inputs/five", 5))
                .hasValueSatisfying(bytes -> assertThat(bytes).hasSize(5));
        assertThat(store.read("inputs/none", 5)).isEmpty();
        assertThatThrownBy(() -> store.read("inputs/five", 4))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.isOfObject()).isTrue())
                .hasMessageContainingAll("inputs/five", "4 bytes");
    }

    @Test
    void anExistingObjectIsNotReplaced() throws Exception {
        store.putIfAbsent("key", bytes("first"), TYPE);

        assertThat(store.putIfAbsent("key", bytes("second"), TYPE)).isEqualTo(ResultStore.PutResult.EXISTED);

        assertThat(store.get("key")).isEqualTo(bytes("first"));
    }

    @Test
    void anExistingLargeObjectIsNotReplaced() throws Exception {
        byte[] large = new byte[13 << 20];
        new Random(4711).nextBytes(large);
        store.putIfAbsent("large", large, TYPE);

        assertThat(store.putIfAbsent("large", new byte[13 << 20], TYPE)).isEqualTo(ResultStore.PutResult.EXISTED);

        assertThat(store.get("large")).isEqualTo(large);
    }

    @Test
    void whatWasDeletedIsAbsentAndCanBeWrittenAnew() throws Exception {
        store.putIfAbsent("key", bytes("first"), TYPE);
        store.putIfAbsent("key-2", bytes("other"), TYPE);

        store.delete("key");
        store.delete("key");
        store.delete("no/such/object");

        assertThat(store.find("key")).isEmpty();
        assertThat(store.get("key-2")).isEqualTo(bytes("other"));
        assertThat(store.putIfAbsent("key", bytes("second"), TYPE)).isEqualTo(ResultStore.PutResult.CREATED);
        assertThat(store.get("key")).isEqualTo(bytes("second"));
    }

    @Test
    void ofConcurrentWritersExactlyOneWins() throws Exception {
        int writers = 8;
        CyclicBarrier together = new CyclicBarrier(writers);
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            List<Callable<ResultStore.PutResult>> puts = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                byte[] own = bytes("writer " + i);
                puts.add(() -> {
                    together.await(20, TimeUnit.SECONDS);
                    return store.putIfAbsent("race", own, TYPE);
                });
            }
            List<ResultStore.PutResult> results = new ArrayList<>();
            for (Future<ResultStore.PutResult> put : threads.invokeAll(puts, 60, TimeUnit.SECONDS)) {
                results.add(put.get());
            }

            assertThat(results).containsOnlyOnce(ResultStore.PutResult.CREATED);
            int winner = results.indexOf(ResultStore.PutResult.CREATED);
            assertThat(store.get("race")).isEqualTo(bytes("writer " + winner));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void ensuringABucketTwiceKeepsItsObjects() throws Exception {
        store.putIfAbsent("key", bytes("kept"), TYPE);

        store.ensureBucket();

        assertThat(store.get("key")).isEqualTo(bytes("kept"));
    }

    @Test
    void aPresentBucketPassesTheCheck() throws Exception {
        store.check();

        assertThat(store.find("anything")).isEmpty();
    }

    @Test
    void anAbsentBucketIsNamedWithItsSetting() throws Exception {
        try (ResultStore absent = newStore()) {
            for (Action action : List.<Action>of(
                    absent::check, () -> absent.find("key"), () -> absent.putIfAbsent("key", bytes("x"), TYPE))) {
                assertThatThrownBy(action::run)
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.retriable()).isFalse())
                        .hasMessageContaining(absent.bucket())
                        .hasMessageContaining("DARKROOM_S3_BUCKET")
                        .hasMessageContaining("init");
            }
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
