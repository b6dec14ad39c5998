package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InferenceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Steps that take too long, by a clock that the test moves: those that can be ended, and those that cannot. */
@Timeout(60)
class StallTest {
    /** It is looked as often whether the time is over. */
    private static final Duration TIMEOUT = Duration.ofMillis(100);

    private final RowwiseModel model = new RowwiseModel();
    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger timesHopeless = new AtomicInteger();
    private final CompletableFuture<Void> hopeless = new CompletableFuture<>();
    private final CountDownLatch stuck = new CountDownLatch(1);

    private void giveUp() {
        timesHopeless.incrementAndGet();
        hopeless.complete(null);
    }

    /** @param ending how long a step may take to end, by the clock of the machine */
    private DenoisingLoop loop(Duration ending) {
        return new DenoisingLoop("test", CallRules.strict(8), new StallLimits(TIMEOUT, ending, this::giveUp), now::get);
    }

    @AfterEach
    void letTheLoopEnd() {
        stuck.countDown();
        model.steps.release(1_000_000);
    }

    @Test
    void aStepThatTakesTooLongFailsItsJobsAndTheNextOnesAreDone() throws Exception {
        try (DenoisingLoop loop = loop(Duration.ofSeconds(30))) {
            assertStalls(submitted(loop));
            assertThat(timesHopeless).hasValue(0);

            model.steps.release(100);
            Generation next = submitted(loop);
            assertThat(next.done().get(20, TimeUnit.SECONDS)).isSameAs(next);
            assertThat(loop.isAlive()).isTrue();
        }
    }

    @Test
    void aSecondOneIsOneTooMany() throws Exception {
        try (DenoisingLoop loop = loop(Duration.ofSeconds(30))) {
            assertStalls(submitted(loop));
            assertThat(timesHopeless).hasValue(0);
            assertStalls(submitted(loop));

            hopeless.get(20, TimeUnit.SECONDS);
            assertStalls(submitted(loop));
            assertThat(timesHopeless).hasValue(1);
        }
    }

    @Test
    void aStepThatDoesNotEndFailsItsJobsAllTheSameAndLeavesNoHope() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        model.steps.release(100);
        model.onCall(() -> {
            begun.countDown();
            try {
                stuck.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        DenoisingLoop loop = loop(Duration.ofMillis(300));
        try {
            Generation generation = submitted(loop);
            begun.await();
            now.addAndGet(Duration.ofHours(1).toNanos());
            assertStalled(generation);

            hopeless.get(20, TimeUnit.SECONDS);
            assertThat(loop.isAlive()).isFalse();
        } finally {
            stuck.countDown();
            loop.close();
        }
    }

    private Generation submitted(DenoisingLoop loop) {
        Generation generation =
                Preparation.prepare(DenoisingLoopTest.request(model, "abc", "ddim", 4, 1.0, 1), step -> {});
        loop.submit(generation);
        return generation;
    }

    /** Its step waits for a permit that nobody gives, for an hour by the clock. */
    private void assertStalls(Generation generation) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!model.steps.hasQueuedThreads()) {
            assertThat(System.nanoTime()).as("time to see the step").isLessThan(end);
            Thread.onSpinWait();
        }
        now.addAndGet(Duration.ofHours(1).toNanos());
        assertStalled(generation);
    }

    private static void assertStalled(Generation generation) {
        assertThatThrownBy(() -> generation.done().get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("stall-timeout");
    }
}
