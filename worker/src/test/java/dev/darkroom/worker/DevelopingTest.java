package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.develop.Share;
import dev.darkroom.worker.intake.JobRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DevelopingTest {
    private final RowwiseModel model = new RowwiseModel("model");
    private final DenoisingLoop loop = new DenoisingLoop("test", WorkerModels.MAX_ROWS);
    private final Developing developing = new Developing(loop, Optional.empty(), FixedSlots.prefetch());

    @AfterEach
    void close() {
        loop.close();
    }

    /** Its worker is to be gone within a second, and a picture may take longer. */
    @Test
    void aJobThatIsToStopWhileOthersAreDecodedIsNotDecodedAnyMore() throws Exception {
        model.steps.release(1_000);
        CountDownLatch decoding = new CountDownLatch(1);
        CountDownLatch mayDecode = new CountDownLatch(1);
        AtomicInteger decoded = new AtomicInteger();
        model.onDecode(() -> {
            decoded.incrementAndGet();
            decoding.countDown();
            try {
                mayDecode.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        FutureTask<Developed> first = new FutureTask<>(() -> develop("first", new StopSignal()));
        start(first);
        decoding.await();
        StopSignal stop = new StopSignal();
        FutureTask<Developed> second = new FutureTask<>(() -> develop("second", stop));
        Thread waiting = start(second);
        while (waiting.getState() != Thread.State.WAITING) { // for the decoder: the loop is waited for with a limit
            Thread.onSpinWait();
        }
        stop.raise();
        mayDecode.countDown();

        assertThat(first.get(20, TimeUnit.SECONDS).images()).hasSize(1);
        assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(StoppedException.class);
        assertThat(decoded).hasValue(1);
    }

    private static Thread start(FutureTask<?> task) {
        Thread thread = new Thread(task, "developing-test");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private Developed develop(String id, StopSignal stop) throws Exception {
        GenerationJob job =
                GenerationJob.builder(id, "abc").numInferenceSteps(1).build();
        JobRecord record = new JobRecord("jobs", 0, 0, Optional.empty(), new byte[0], List.of(), Instant.EPOCH, 1);
        ScriptedLease lease = new ScriptedLease(record, new Acts(), List.of(), List.of(), List.of());
        return developing.develop(
                JobResolver.resolve(
                        job, Optional.empty(), model, model.description().schedulerConfig()),
                new Share("normal", 1, ""),
                Duration.ofMinutes(1),
                step -> {},
                new JobTimer(Duration.ZERO, System::nanoTime),
                stop,
                new Handover(lease, stop, "pictures", Optional.empty()));
    }
}
