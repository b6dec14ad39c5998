package dev.darkroom.worker.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BusyMeterTest {
    private final AtomicLong now = new AtomicLong(1_000);
    private final BusyMeter meter = new BusyMeter(now::get);

    @Test
    void callsCountAndPausesDoNot() {
        now.addAndGet(5);
        assertThat(meter.during(() -> now.addAndGet(10))).isEqualTo(1_015);
        now.addAndGet(100);
        meter.during(() -> now.addAndGet(3));
        now.addAndGet(100);

        assertThat(meter.busy()).isEqualTo(Duration.ofNanos(13));
    }

    @Test
    void callsThatOverlapCountOnce() throws Exception {
        CountDownLatch runs = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> meter.during(() -> {
            runs.countDown();
            return awaited(mayEnd);
        }));
        assertThat(awaited(runs)).isTrue();
        now.addAndGet(10);
        meter.during(() -> now.addAndGet(5));
        now.addAndGet(10);
        mayEnd.countDown();
        first.get(10, TimeUnit.SECONDS);
        now.addAndGet(100);

        assertThat(meter.busy()).isEqualTo(Duration.ofNanos(25));
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCallThatFailsCounts() {
        assertThatIllegalStateException()
                .isThrownBy(() -> meter.during(() -> {
                    now.addAndGet(10);
                    throw new IllegalStateException("broken");
                }));
        now.addAndGet(100);

        assertThat(meter.busy()).isEqualTo(Duration.ofNanos(10));
    }

    @Test
    void aCallThatStillRunsCountsSoFar() {
        Duration within = meter.during(() -> {
            now.addAndGet(10);
            return meter.busy();
        });

        assertThat(within).isEqualTo(Duration.ofNanos(10));
    }
}
