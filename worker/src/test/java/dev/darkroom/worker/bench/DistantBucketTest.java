package dev.darkroom.worker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DistantBucketTest {
    private static final Duration LATENCY = Duration.ofMillis(30);
    private static final byte[] BYTES = "picture".getBytes(UTF_8);

    private final InMemoryResultStore near = new InMemoryResultStore("pictures");
    private final List<Duration> waits = new ArrayList<>();
    private final ResultStore distant = new DistantBucket(near, LATENCY, waits::add);

    @BeforeEach
    void create() {
        near.ensureBucket();
    }

    /** A request to a bucket. */
    private interface Request {
        void send(ResultStore bucket) throws StorageException;
    }

    private static final List<Request> REQUESTS = List.of(
            ResultStore::ensureBucket,
            ResultStore::check,
            bucket -> bucket.putIfAbsent("a", BYTES, "image/png"),
            bucket -> bucket.find("a"),
            bucket -> bucket.get("a"),
            bucket -> bucket.read("a", 100),
            bucket -> bucket.delete("a"));

    @Test
    void eachRequestWaitsOnce() throws Exception {
        for (Request request : REQUESTS) {
            waits.clear();

            request.send(distant);

            assertThat(waits).containsExactly(LATENCY);
        }
    }

    @Test
    void whatItIsAskedTheOtherBucketDoes() throws Exception {
        assertThat(distant.putIfAbsent("a", BYTES, "image/png")).isEqualTo(ResultStore.PutResult.CREATED);
        assertThat(near.find("a")).contains(BYTES);
        assertThat(distant.find("a")).contains(BYTES);
        assertThat(distant.read("a", 100)).contains(BYTES);
        assertThat(distant.bucket()).isEqualTo("pictures");
        distant.delete("a");
        assertThat(near.find("a")).isEmpty();
    }

    @Test
    void aRequestIsSentWhenItHasWaited() throws Exception {
        ResultStore bucket = new DistantBucket(near, LATENCY, time -> {
            waits.add(time);
            assertThat(stored("a")).isFalse();
        });

        bucket.putIfAbsent("a", BYTES, "image/png");

        assertThat(waits).hasSize(1);
        assertThat(stored("a")).isTrue();
    }

    private boolean stored(String key) {
        try {
            return near.find(key).isPresent();
        } catch (StorageException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRequestThatIsInterruptedIsNotSentAndMayBeTriedAgain() throws Exception {
        ResultStore bucket = new DistantBucket(near, LATENCY, time -> {
            throw new InterruptedException();
        });

        assertThatThrownBy(() -> bucket.putIfAbsent("a", BYTES, "image/png"))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.retriable()).isTrue())
                .hasMessageContaining("pictures");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(near.find("a")).isEmpty();
    }

    /** The one that takes its time: it is told to stop before it begins. */
    @Test
    void aBucketThatWasMovedAwayWaitsUntilItIsInterrupted() {
        ResultStore bucket = DistantBucket.by(Duration.ofDays(1)).apply(near);
        Thread.currentThread().interrupt();

        assertThatThrownBy(bucket::check).isInstanceOf(StorageException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void byNothingABucketStaysWhereItIs() {
        assertThat(DistantBucket.by(Duration.ZERO).apply(near)).isSameAs(near);
    }
}
