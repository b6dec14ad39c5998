package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InferenceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Steps that take too long: those that can be ended, and those that cannot. */
@Timeout(60)
class StallTest {
    private final RowwiseModel model = new RowwiseModel();
    private final AtomicInteger timesHopeless = new AtomicInteger();
    private final CompletableFuture<Void> hopeless = new CompletableFuture<>();
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final DenoisingLoop loop = new DenoisingLoop(
            "test",
            CallRules.strict(8),
            new StallLimits(Duration.ofMillis(300), Duration.ofMillis(300), this::giveUp),
            System::nanoTime);

    private void giveUp() {
        timesHopeless.incrementAndGet();
        hopeless.complete(null);
    }

    @AfterEach
    void close() {
        stuck.countDown();
        model.steps.release(1_000_000);
        loop.close();
    }

    @Test
    void aStepThatTakesTooLongFailsItsJobsAndTheNextOnesAreDone() throws Exception {
        assertStalls(submitted());
        assertThat(timesHopeless).hasValue(0);

        model.steps.release(100);
        Generation next = submitted();
        assertThat(next.done().get(20, TimeUnit.SECONDS)).isSameAs(next);
        assertThat(loop.isAlive()).isTrue();
    }

    @Test
    void aSecondOneIsOneTooMany() throws Exception {
        assertStalls(submitted());
        assertStalls(submitted());

        hopeless.get(20, TimeUnit.SECONDS);
        assertStalls(submitted());
        assertThat(timesHopeless).hasValue(1);
    }

    @Test
    void aStepThatDoesNotEndFailsItsJobsAllTheSameAndLeavesNoHope() throws Exception {
        model.steps.release(100);
        model.onCall(() -> {
            try {
                stuck.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertStalls(submitted());

        hopeless.get(20, TimeUnit.SECONDS);
        assertThat(loop.isAlive()).isFalse();
    }

    private Generation submitted() {
        Generation generation =
                Preparation.prepare(DenoisingLoopTest.request(model, "abc", "ddim", 4, 1.0, 1), step -> {});
        loop.submit(generation);
        return generation;
    }

    private static void assertStalls(Generation generation) {
        assertThatThrownBy(() -> generation.done().get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("stall-timeout");
    }
}
