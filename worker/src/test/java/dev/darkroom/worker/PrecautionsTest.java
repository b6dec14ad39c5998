package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PrecautionsTest {
    private static final int LIMIT = 3;

    private static final CheckIn.Result.Admitted TAKEN_BEFORE = new CheckIn.Result.Admitted(
            GenerationJob.builder("job", "a red ring").build(), true);

    private final Acts acts = new Acts();
    private final ScriptedStore store = new ScriptedStore(acts);
    private final LetGoMarks marks = new LetGoMarks(store, "pictures");
    private final Workroom room = new Workroom();
    private final Precautions precautions = new Precautions(marks, room, LIMIT);
    private final StopSignal never = new StopSignal();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        marks.close();
    }

    @Test
    void whatKilledTwoWorkersIsAloneAndWhatKilledOneIsNot() throws Exception {
        Workroom.Place first = precautions.enter(0, never);
        Workroom.Place second = precautions.enter(1, never);
        Future<Workroom.Place> suspect = threads.submit(() -> precautions.enter(2, never));
        while (room.waiting() == 0) { // the test's timeout bounds it
            Thread.onSpinWait();
        }
        first.close();
        assertThat(suspect).isNotDone();
        second.close();

        assertThat(suspect).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void whatKilledAsManyAsTheLimitDoesNotEnter() {
        assertThatThrownBy(() -> precautions.enter(LIMIT, never)).isInstanceOf(DeadlyJobException.class);
    }

    @Test
    void nothingIsAskedOrWrittenForAFirstDelivery() throws Exception {
        precautions.begin("job", record(0, 1));
        assertThat(precautions.deaths(TAKEN_BEFORE, record(0, 1))).isZero();
        assertThat(acts.all()).isEmpty();
    }

    @Test
    void anotherRecordOfTheSameJobHasDeathsOfItsOwn() throws Exception {
        precautions.begin("job", record(0, 2));
        assertThat(precautions.deaths(TAKEN_BEFORE, record(0, 3))).isEqualTo(2);
        assertThat(precautions.deaths(TAKEN_BEFORE, record(1, 3))).isEqualTo(1);
    }

    @Test
    void onlyTheLatestDeliveriesAreLookedAt() throws Exception {
        assertThat(precautions.deaths(TAKEN_BEFORE, record(0, 100_000))).isZero();
    }

    @Test
    void aBucketThatHangsDelaysNoHandBack() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        acts.then("put 1-let-go.json", () -> {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        precautions.letGo(record(0, 1));
        hanging.countDown();
    }

    @Test
    void aRecordWithoutAnIdLeavesNoMark() throws Exception {
        precautions.letGo(new JobRecord("jobs", 0, 0, Optional.empty(), new byte[1], List.of(), Instant.EPOCH, 1));
        assertThat(acts.all()).isEmpty();
    }

    @Test
    void aBucketThatIsAwayIsSaidToBeAway() {
        acts.refuse("put 2-begun.json", 1);
        assertThatThrownBy(() -> precautions.begin("job", record(0, 2))).isInstanceOf(StorageException.class);
    }

    private static JobRecord record(long offset, int delivery) {
        byte[] value = JobWorld.JOB.getBytes(StandardCharsets.UTF_8);
        return new JobRecord("jobs", 0, offset, Optional.empty(), value, List.of(), Instant.EPOCH, delivery);
    }
}
