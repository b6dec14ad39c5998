package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class StorageBreakerTest extends ResultStoreContract {
    private final StorageException away =
            StorageException.retriable("No route to the bucket", new IOException("for a test"));
    private final StorageException refused = StorageException.permanent("The keys were refused");
    private final StorageException tooLarge = StorageException.ofObject("Too large");

    private final AtomicLong nanoTime = new AtomicLong();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final FailingStore store = new FailingStore();
    private final StorageBreaker breaker = new StorageBreaker(store, "pictures", nanoTime::get, Duration.ofMillis(1));

    @BeforeEach
    void watch() {
        store.objects.ensureBucket();
        breaker.watch(new StorageBreaker.Listener() {
            @Override
            public void bucketAway() {
                told.add("away");
            }

            @Override
            public void bucketBack() {
                told.add("back");
            }
        });
    }

    @AfterEach
    void close() {
        breaker.close();
    }

    @Override
    ResultStore newStore() {
        return new StorageBreaker(new InMemoryResultStore("watched"), "pictures");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBucketThatFailsAgainAndAgainIsAwayUntilItAnswers(boolean passing) throws Exception {
        StorageException failure = passing ? away : refused;
        Recovery recovery = breaker.recovery();
        store.failure = Optional.of(failure);
        failAfter(Duration.ZERO);
        failAfter(Duration.ofSeconds(1));
        assertThat(breaker.outage()).as("after two failures").isEmpty();
        failAfter(Duration.ofSeconds(1));

        assertThat(breaker.outage()).contains(failure.getMessage());
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("away");
        store.awaitQuestions(3);
        assertThat(recovery.back().toCompletableFuture()).isNotDone();

        store.failure = Optional.empty();
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("back");
        assertThat(recovery.back().toCompletableFuture()).succeedsWithin(Duration.ofSeconds(20));
        assertThat(breaker.outage()).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void manyFailuresInOneMomentAreNoOutage() {
        store.failure = Optional.of(away);
        for (int i = 0; i < 20; i++) {
            failAfter(Duration.ofMillis(50));
        }
        assertThat(breaker.outage()).isEmpty();
    }

    @Test
    void anAnswerInBetweenIsNoOutage() throws Exception {
        for (int i = 0; i < 20; i++) {
            store.failure = Optional.of(away);
            failAfter(Duration.ofSeconds(5));
            failAfter(Duration.ofSeconds(5));
            store.failure = Optional.empty();
            breaker.find("a");
        }
        assertThat(breaker.outage()).isEmpty();
    }

    @Test
    void anObjectThatIsNotAsItMustBeIsNoOutage() {
        store.failure = Optional.of(tooLarge);
        for (int i = 0; i < 5; i++) {
            failAfter(Duration.ofSeconds(5));
        }
        assertThat(breaker.outage()).isEmpty();
    }

    @Test
    void aBucketThatCanOnlyBeReadIsAway() throws Exception {
        store.failure = Optional.of(refused);
        store.readable = true;
        for (int i = 0; i < 3; i++) {
            nanoTime.addAndGet(Duration.ofSeconds(5).toNanos());
            assertThatThrownBy(() -> breaker.putIfAbsent("a", new byte[1], "text/plain"))
                    .isSameAs(refused);
        }
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("away");
        store.awaitQuestions(3);
        assertThat(breaker.outage()).isPresent();
    }

    @Test
    void aQuestionThatMemoryIsTooShortForIsAskedAgain() throws Exception {
        store.failure = Optional.of(away);
        store.memoryShort = true;
        for (int i = 0; i < 3; i++) {
            failAfter(Duration.ofSeconds(5));
        }
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("away");
        store.awaitQuestions(2);
        store.memoryShort = false;
        store.failure = Optional.empty();

        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("back");
    }

    @Test
    void aRequestThatIsAnsweredEndsTheOutageToo() throws Exception {
        StorageBreaker unwatched = new StorageBreaker(store, "pictures", nanoTime::get, Duration.ofHours(1));
        store.failure = Optional.of(away);
        for (int i = 0; i < 3; i++) {
            nanoTime.addAndGet(Duration.ofSeconds(5).toNanos());
            assertThatThrownBy(() -> unwatched.find("a")).isSameAs(away);
        }
        assertThat(unwatched.outage()).isPresent();
        CompletableFuture<Void> back;
        try (Recovery recovery = unwatched.recovery()) {
            back = recovery.back().toCompletableFuture();
            store.failure = Optional.empty();
            unwatched.find("a");
        }
        assertThat(unwatched.outage()).isEmpty();
        assertThat(back).isCompleted();
    }

    private void failAfter(Duration pause) {
        nanoTime.addAndGet(pause.toNanos());
        assertThatThrownBy(() -> breaker.find("a")).isSameAs(store.failure.orElseThrow());
    }

    /** A bucket that fails while there is a reason. */
    private static final class FailingStore implements ResultStore {
        final InMemoryResultStore objects = new InMemoryResultStore("failing");
        volatile Optional<StorageException> failure = Optional.empty();
        volatile boolean readable;
        volatile boolean memoryShort;
        private final BlockingQueue<String> questions = new LinkedBlockingQueue<>();

        /** Waits until the bucket was asked whether it is there. */
        void awaitQuestions(int count) throws InterruptedException {
            for (int i = 0; i < count; i++) {
                assertThat(questions.poll(20, TimeUnit.SECONDS)).isNotNull();
            }
        }

        private void fail() throws StorageException {
            if (failure.isPresent()) {
                throw failure.get();
            }
        }

        @Override
        public Optional<byte[]> find(String key) throws StorageException {
            fail();
            return objects.find(key);
        }

        @Override
        public Optional<byte[]> read(String key, int most) throws StorageException {
            fail();
            return objects.read(key, most);
        }

        @Override
        public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
            if (readable) {
                questions.add(key);
            }
            fail();
            return objects.putIfAbsent(key, bytes, contentType);
        }

        @Override
        public void delete(String key) throws StorageException {
            fail();
            objects.delete(key);
        }

        @Override
        public boolean ensureBucket() {
            return objects.ensureBucket();
        }

        @Override
        public void check() throws StorageException {
            if (!readable) {
                questions.add("check");
                if (memoryShort) {
                    throw new OutOfMemoryError("for a test");
                }
                fail();
            }
        }

        @Override
        public String bucket() {
            return objects.bucket();
        }

        @Override
        public void close() {
            objects.close();
        }
    }
}
