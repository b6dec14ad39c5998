package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.job.CancelRequest;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that somebody asked to be cancelled, before and while they run. */
class JobRunCancelTest extends JobRunFixture {
    private static final CancelRequest REQUEST = new CancelRequest("job", Optional.of("no longer wanted"));

    @Test
    void aJobThatWasCancelledBeforeItCameIsNotBegun() throws Exception {
        world.cancels.add(REQUEST);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/cancelled", "accept");
        assertThat(((JobEvent.Cancelled) world.last()).step()).isZero();
        assertThat(world.outcome()).contains(world.last());
        assertThat(world.steps()).isZero();
    }

    @Test
    void aJobThatIsDenoisedEndsAtTheNextStep() {
        world.model.onCall(() -> world.cancels.add(REQUEST));
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/cancelled", "accept");
        assertThat(((JobEvent.Cancelled) world.last()).step()).isBetween(0, 1);
        assertThat(world.steps()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put 0.png", "put 1.png"})
    void aJobWhosePicturesAreOnTheirWayEndsBeforeTheNextObject(String act) {
        world.acts.then(act, () -> world.cancels.add(REQUEST));
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith(act, "put outcome.json", "event job/cancelled", "accept");
    }

    @Test
    void aJobThatWaitsForTheBucketEndsAtOnce() {
        world.acts.refuse("put 0.png", Integer.MAX_VALUE);
        world.acts.then("refused put 0.png", () -> world.cancels.add(REQUEST));
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/cancelled", "accept");
        assertThat(((JobEvent.Cancelled) world.last()).step()).isEqualTo(JobWorld.STEPS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put result.json", "put outcome.json"})
    void aJobThatIsDoneStaysSo(String act) {
        world.acts.then(act, () -> world.cancels.add(REQUEST));
        world.deliver(JobWorld.JOB, 1);
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.terminalEvents()).hasSize(2).containsOnly(world.completed());
    }

    @Test
    void aCancelledJobIsToldAgainAndNeverBegunAgain() {
        world.acts.then("put outcome.json", world::die);
        world.cancels.add(REQUEST);
        world.deliver(JobWorld.JOB, 1);
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.acts.all()).endsWith("event job/cancelled", "accept");
        assertThat(world.steps()).isZero();
    }

    @Test
    void aBucketThatIsAwayIsWaitedForByACancelledJobToo() {
        world.acts.refuse("put outcome.json", 3);
        world.cancels.add(REQUEST);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/cancelled", "accept");
    }

    @Test
    void aWorkerThatDrainsHandsACancelledJobOn() {
        world.model.onCall(() -> {
            world.drain();
            world.cancels.add(REQUEST);
        });
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("release");
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void anotherJobsRequestDoesNothing() {
        world.cancels.add(new CancelRequest("another", Optional.empty()));
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }
}
