package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a death of a worker, and what follows when a job has killed several. */
@Timeout(30)
class JobRunDeathsTest extends JobRunFixture {
    @Test
    void aJobThatKillsThreeWorkersIsNotTriedAgain() {
        for (int delivery = 1; delivery <= 3; delivery++) {
            killWorker(delivery);
        }
        int steps = world.steps();
        world.deliver(JobWorld.JOB, 4);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/failed", "letter INTERNAL", "accept");
        assertThat(world.steps()).isEqualTo(steps);
        assertThat(world.failed().code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(world.failed().message()).contains("3 times");
    }

    @Test
    void aJobThatKilledTwoIsTriedAThirdTime() {
        killWorker(1);
        killWorker(2);
        world.deliver(JobWorld.JOB, 3);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void handingBackIsNoDeathHoweverOftenItHappens() {
        for (int delivery = 1; delivery <= 8; delivery++) {
            world.model.onCall(world::drain);
            world.deliver(JobWorld.JOB, delivery);
            assertThat(world.acts.all()).endsWith("put " + delivery + "-let-go.json", "release");
        }
        world.model.onCall(() -> {});
        world.deliver(JobWorld.JOB, 9);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void losingALeaseAliveIsNoDeath() {
        for (int delivery = 1; delivery <= 4; delivery++) {
            world.model.onCall(world::loseLease);
            world.deliver(JobWorld.JOB, delivery);
        }
        world.model.onCall(() -> {});
        world.deliver(JobWorld.JOB, 5);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @ParameterizedTest
    @ValueSource(strings = {"put 2-begun.json", "put 3-begun.json"})
    void whatWasHandedBackBetweenDeathsDoesNotHideThem(String handedBackAfter) {
        int handedBack = Character.digit(handedBackAfter.charAt(4), 10);
        for (int delivery = 1; delivery <= 4; delivery++) {
            if (delivery == handedBack) {
                world.acts.then(handedBackAfter, world::drain);
                world.deliver(JobWorld.JOB, delivery);
                assertThat(world.acts.all()).endsWith("release");
            } else {
                killWorker(delivery);
            }
        }
        world.deliver(JobWorld.JOB, 5);

        assertThat(world.failed().message()).contains("3 times");
    }

    /** A worker may die of another job while this one only waits for its turn, or for the bucket. */
    @Test
    void aDeliveryThatNeverBeganIsNoDeath() {
        killWorker(1);
        for (int delivery = 2; delivery <= 6; delivery++) {
            world.acts.refuse("put " + delivery + "-begun.json", 1);
            world.acts.then("refused put " + delivery + "-begun.json", world::die);
            world.deliver(JobWorld.JOB, delivery);
        }
        world.deliver(JobWorld.JOB, 7);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    /** A client may fetch a record that it was not asked for, and gives it back; the broker counts that. */
    @Test
    void aDeliveryBeforeAnybodyClaimedTheJobIsNoDeath() {
        killWorker(2);
        killWorker(3);
        world.deliver(JobWorld.JOB, 4);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void aMarkThatTheBucketDoesNotTakeDelaysNoHandBack() {
        world.acts.refuse("put 1-let-go.json", 1);
        world.model.onCall(world::drain);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("refused put 1-let-go.json", "release");
    }

    @Test
    void handingBackARetryThatKafkaDoesNotTakeIsNoDeath() {
        world.model.broken = true;
        world.acts.refuse("retry 2", 1);
        world.acts.then("refused retry 2", world::drain);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("refused retry 2", "put 1-let-go.json", "release");
    }

    @Test
    void handingBackAFailureThatTheBucketDoesNotTakeIsNoDeath() {
        world.model.broken = true;
        world.acts.refuse("put outcome.json", 1);
        world.acts.then("refused put outcome.json", world::drain);
        world.deliver(JobWorld.JOB + " ".repeat(ScriptedLease.LARGEST_VALUE), 1); // too large to be tried again

        assertThat(world.acts.all()).endsWith("refused put outcome.json", "put 1-let-go.json", "release");
    }

    @Test
    void aDeliveryAboveTheLimitTellsTheOutcomeThatIsThere() {
        killWorker(1);
        killWorker(2);
        world.acts.then("put outcome.json", world::die);
        world.deliver(JobWorld.JOB, 3);
        world.deliver(JobWorld.JOB, 4);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(world.terminalEvents()).singleElement().isInstanceOf(JobEvent.Completed.class);
        assertThat(world.letters).isEmpty();
    }

    private void killWorker(int delivery) {
        world.model.onCall(() -> {});
        world.acts.then("event job/started/1", world::die);
        world.deliver(JobWorld.JOB, delivery);
        assertThat(world.acts.all()).endsWith("event job/started/1", "release");
    }
}
