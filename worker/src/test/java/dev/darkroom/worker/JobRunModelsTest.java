package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs whose model is not there, not fit for them, or gives numbers that are not finite. */
@Timeout(30)
class JobRunModelsTest extends JobRunFixture {
    private static final List<String> FAILS_ONCE = List.of(
            "put claim.json",
            "event job/started/1",
            "put outcome.json",
            "event job/failed",
            "letter INFERENCE_FAILED",
            "accept");

    @Test
    void infiniteNumbersInFloat32FailTheJobWithoutAnotherTry() {
        world.model.infiniteRows = row -> row == 1;
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).isEqualTo(FAILS_ONCE);
        assertThat(world.failed().message()).contains("first", "not finite", "fp32", "step 0 of 4");
        assertThat(world.steps()).isEqualTo(1);
    }

    @Test
    void infiniteNumbersInFloat16AreComputedOnceMoreInFloat32() {
        world.model.precision = Precision.FP16;
        world.model.infiniteRows = row -> true;
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all())
                .filteredOn(act -> act.startsWith("event"))
                .satisfiesExactly(
                        act -> assertThat(act).isEqualTo("event job/started/1"),
                        act -> assertThat(act).startsWith("event job/retrying/1/"),
                        act -> assertThat(act).isEqualTo("event job/completed"));
        assertThat(world.model.rowsOfCalls).hasSize(1);
        assertThat(world.preciseModel.rowsOfCalls).hasSize(JobWorld.STEPS);
    }

    @Test
    void infiniteNumbersInBothFailTheJobOnce() {
        world.model.precision = Precision.FP16;
        world.model.infiniteRows = row -> true;
        world.preciseModel.infiniteRows = row -> true;
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all())
                .filteredOn(act -> !act.startsWith("event job/retrying"))
                .isEqualTo(FAILS_ONCE);
        assertThat(world.acts.all())
                .filteredOn(act -> act.startsWith("event job/retrying"))
                .hasSize(1);
        assertThat(world.steps()).isEqualTo(2);
    }

    @Test
    void aJobThatIsLateLoadsNoModel() {
        world.loadFailure = Optional.of(new ModelException("nobody may ask for one"));
        world.deliver(JobWorld.JOB.replace("}", ",\"deadline\":\"2025-12-31T23:59:59Z\"}"), 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/expired", "accept");
    }

    @Test
    void aDeadlineThatPassesWhileTheModelLoadsEndsTheJobWithoutIt() {
        world.onLoad = JobRunModelsTest::loadForEver;
        world.deliver(JobWorld.JOB.replace("}", ",\"deadline\":\"2026-01-01T00:00:00.1Z\"}"), 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/expired", "accept");
    }

    @Test
    void aWorkerThatStopsWhileTheModelLoadsHandsTheJobBack() {
        world.onLoad = () -> {
            world.drain();
            loadForEver();
        };
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).containsExactly("put claim.json", "put 1-let-go.json", "release");
    }

    private static void loadForEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aModelOfAnUnsupportedKindIsNotTriedAgain() {
        world.loadFailure = Optional.of(new UnsupportedModelException("a model of tomorrow"));
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all())
                .containsExactly(
                        "put claim.json", "put outcome.json", "event job/failed", "letter UNSUPPORTED", "accept");
    }

    @Test
    void aModelThatWantsAPictureRefusesAJobOfTextOnly() {
        world.model.unetChannels = 9;
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.failed().code()).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(world.failed().message()).contains("first", "fill in", "mask", "9 channels");
    }
}
