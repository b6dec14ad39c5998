package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.storage.ForwardingBucket;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A bucket that is slower than the device slows the intake, and nothing grows. */
class BackPressureTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int JOBS = 12;
    private static final int PICTURES = 3;

    private final Semaphore gate = new Semaphore(0);
    private final Semaphore atTheGate = new Semaphore(0);
    private final AtomicInteger held = new AtomicInteger();
    /** The default of the lane that the jobs go to. */
    private static final int SLOTS = 1;

    private final AtomicInteger mostHeld = new AtomicInteger();
    private final AtomicInteger developed = new AtomicInteger();
    private final AtomicInteger mostDeveloped = new AtomicInteger();

    @Test
    void jobsHeldAndPicturesKeptStayWithinTheirBounds() throws Exception {
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(stack.config("worker-1"), parts());
                EventLog events = stack.events()) {
            for (int job = 0; job < JOBS; job++) {
                stack.send(
                        "job-" + job,
                        "{\"id\":\"job-" + job + "\",\"prompt\":\"x\",\"num_inference_steps\":1," + "\"num_images\":"
                                + PICTURES + "}");
            }
            // One picture at a time passes, and only when the next one is made: the worker is always ahead.
            for (int picture = 0; picture < JOBS * PICTURES; picture++) {
                assertThat(atTheGate.tryAcquire(LIMIT.toMillis(), TimeUnit.MILLISECONDS))
                        .as("picture %s within %s", picture, LIMIT)
                        .isTrue();
                gate.release();
            }
            for (int job = 0; job < JOBS; job++) {
                assertThat(events.awaitEnd("job-" + job, LIMIT)).isInstanceOf(JobEvent.Completed.class);
            }
            assertThat(mostHeld).hasValue(SLOTS);
            assertThat(mostDeveloped.get()).isLessThanOrEqualTo(SLOTS * PICTURES);
            worker.stop();
        }
    }

    private WorkerParts parts() {
        return new WorkerParts(
                WorkerParts.REAL.loader(), GatedBucket::new, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /** Lets a picture in for each permit. */
    private final class GatedBucket extends ForwardingBucket {
        GatedBucket(ResultStore store) {
            super(store);
        }

        @Override
        public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
            if (key.endsWith("claim.json")) {
                mostHeld.accumulateAndGet(held.incrementAndGet(), Math::max);
            } else if (key.endsWith("0.png")) {
                mostDeveloped.accumulateAndGet(developed.addAndGet(PICTURES), Math::max);
            }
            if (key.endsWith(".png")) {
                atTheGate.release();
                gate.acquireUninterruptibly();
            }
            PutResult result = bucket.putIfAbsent(key, bytes, contentType);
            if (key.endsWith("result.json")) {
                developed.addAndGet(-PICTURES);
            } else if (key.endsWith("outcome.json")) {
                held.decrementAndGet();
            }
            return result;
        }
    }
}
