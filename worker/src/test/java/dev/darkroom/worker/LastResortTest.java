package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LastResortTest {
    private final BlockingQueue<String> done = new LinkedBlockingQueue<>();
    private final LastResort lastResort = new LastResort(code -> done.add("exit " + code));

    @Test
    void theWorkerStopsAndThenTheProcessEndsOnce() throws Exception {
        lastResort.use();
        lastResort.use();
        assertThat(lastResort.isUsed()).isTrue();
        assertThat(done).as("a worker that has not started yet").isEmpty();

        lastResort.stopsBy(() -> done.add("stopped"));

        assertThat(List.of(done.poll(20, TimeUnit.SECONDS), done.poll(20, TimeUnit.SECONDS)))
                .containsExactly("stopped", "exit 1");
        assertThat(done).isEmpty();
    }

    /** Who ended it by other means would run hooks that the device does not survive. */
    @Test
    void whoWaitsForTheEndWaitsForTheExit() throws Exception {
        CountDownLatch exiting = new CountDownLatch(1);
        LastResort slow = new LastResort(code -> {
            try {
                exiting.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            done.add("exit");
        });
        slow.stopsBy(() -> {});
        slow.use();
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            try {
                slow.awaitEnd();
                done.add("waited");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(waiting).isNotDone();
        exiting.countDown();

        assertThat(waiting).succeedsWithin(Duration.ofSeconds(20));
        assertThat(done).containsExactly("exit", "waited");
    }

    @Test
    void aStopThatFailsEndsTheProcessToo() throws Exception {
        lastResort.stopsBy(() -> {
            throw new IllegalStateException("for a test");
        });
        lastResort.use();
        assertThat(done.poll(20, TimeUnit.SECONDS)).isEqualTo("exit 1");
    }
}
