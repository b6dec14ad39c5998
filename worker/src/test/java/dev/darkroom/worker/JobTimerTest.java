package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.Timings;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JobTimerTest {
    private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5); // it may overflow at any time

    @Test
    void everyPhaseHasItsTimeAndARepeatedOneTheSum() {
        JobTimer timer = new JobTimer(Duration.ofMillis(1500), nanoTime::get);
        pass(10);
        timer.enter(JobTimer.Phase.DENOISE);
        pass(200);
        timer.enter(JobTimer.Phase.DECODE);
        pass(30);
        timer.enter(JobTimer.Phase.ENCODE);
        pass(4);
        timer.enter(JobTimer.Phase.DECODE);
        pass(31);
        timer.enter(JobTimer.Phase.UPLOAD);
        pass(6);

        assertThat(timer.timings()).isEqualTo(new Timings(1500, 10, 200, 61, 4, 6));
        pass(7);
        assertThat(timer.timings()).as("the phase goes on").isEqualTo(new Timings(1500, 10, 200, 61, 4, 13));
    }

    @Test
    void aRecordFromTheFutureHasNotWaited() {
        JobTimer timer = new JobTimer(Duration.ofMillis(-20), nanoTime::get);
        assertThat(timer.timings()).isEqualTo(new Timings(0, 0, 0, 0, 0, 0));
    }

    private void pass(long millis) {
        nanoTime.addAndGet(Duration.ofMillis(millis).toNanos());
    }
}
