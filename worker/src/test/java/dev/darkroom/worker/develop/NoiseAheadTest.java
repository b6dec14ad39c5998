package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NoiseAheadTest {
    private final NoiseAhead noise = new NoiseAhead("test");

    @AfterEach
    void close() {
        noise.close();
    }

    @Test
    void picturesAreDrawnWhileTheCallIsMade() {
        CountDownLatch drawn = new CountDownLatch(2);
        List<String> threads = new ArrayList<>();
        Runnable draw = () -> {
            threads.add(Thread.currentThread().getName());
            drawn.countDown();
        };
        boolean inTime = noise.during(List.of(draw, draw), () -> await(drawn));
        assertThat(inTime).isTrue();
        assertThat(threads).containsExactly("noise-test", "noise-test");
    }

    @Test
    void aDrawThatHasBegunIsWaitedForAndNoneBeginsAfterTheCall() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean over = new AtomicBoolean();
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger others = new AtomicInteger();
        Runnable slow = () -> {
            begun.countDown();
            while (!over.get()) {
                Thread.onSpinWait();
            }
            done.set(true);
        };
        noise.during(List.of(slow, others::incrementAndGet), () -> {
            assertThat(await(begun)).isTrue();
            over.set(true);
            return others;
        });
        assertThat(done).isTrue();

        int before = others.get(); // begun before the call was over, or left out for good
        CountDownLatch later = new CountDownLatch(1);
        noise.during(List.of(later::countDown), () -> await(later));
        assertThat(others).hasValue(before);
    }

    @Test
    void whatHasNotBegunWhenTheCallIsOverNeverDoes() {
        CountDownLatch blocked = new CountDownLatch(1);
        AtomicInteger drawn = new AtomicInteger();
        CountDownLatch busy = new CountDownLatch(1);
        Thread other = new Thread(() -> noise.during(
                List.of(() -> {
                    busy.countDown();
                    await(blocked);
                }),
                () -> await(busy)));
        other.start();
        assertThat(await(busy)).isTrue();

        noise.during(List.of(drawn::incrementAndGet, drawn::incrementAndGet), () -> drawn);
        blocked.countDown();
        CountDownLatch later = new CountDownLatch(1);
        noise.during(List.of(later::countDown), () -> await(later));

        assertThat(drawn).hasValue(0);
    }

    @Test
    void aDrawThatFailsKeepsNoOtherFromBeingDrawn() {
        CountDownLatch drawn = new CountDownLatch(1);
        Runnable failing = () -> {
            throw new IllegalStateException("No draw");
        };
        Runnable tooLarge = () -> {
            throw new OutOfMemoryError("No array");
        };
        boolean inTime = noise.during(List.of(failing, tooLarge, drawn::countDown), () -> await(drawn));
        assertThat(inTime).isTrue();
    }

    @Test
    void aCallThatFailsEndsItsDrawsToo() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean over = new AtomicBoolean();
        AtomicBoolean done = new AtomicBoolean();
        Runnable slow = () -> {
            begun.countDown();
            while (!over.get()) {
                Thread.onSpinWait();
            }
            done.set(true);
        };
        assertThatThrownBy(() -> noise.during(List.of(slow), () -> {
                    assertThat(await(begun)).isTrue();
                    over.set(true);
                    throw new IllegalStateException("No call");
                }))
                .hasMessage("No call");
        assertThat(done).isTrue();
    }

    @Test
    void aCallIsMadeWhereNothingIsDrawnAnyMore() {
        AtomicInteger drawn = new AtomicInteger();
        noise.close();
        assertThat(noise.during(List.of(drawn::incrementAndGet, drawn::incrementAndGet), () -> "made"))
                .isEqualTo("made");
        assertThat(drawn).hasValue(0);
    }

    @Test
    void aCallIsMadeWhereNoThreadCanStart() {
        AtomicInteger drawn = new AtomicInteger();
        AtomicInteger threads = new AtomicInteger();
        try (NoiseAhead none = new NoiseAhead(task -> {
            threads.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread");
        })) {
            assertThat(none.during(List.of(drawn::incrementAndGet, drawn::incrementAndGet), () -> "made"))
                    .isEqualTo("made");
        }
        assertThat(threads).as("tried once").hasValue(1);
        assertThat(drawn).hasValue(0);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
