package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that do not end in pictures here: handed back, lost, refused, expired, failed. */
@Timeout(30)
class JobRunEndsTest extends JobRunFixture {
    /** Unreadable for ever: the job must not be delivered for ever, nor vanish. */
    @ParameterizedTest
    @ValueSource(strings = {"claim.json", "outcome.json"})
    void aJobOfWhichTheBucketHasRubbishEndsAtItsLastDelivery(String object) throws Exception {
        world.store.putIfAbsent(
                JobWorld.PREFIX + "/job/" + object, "rubbish".getBytes(StandardCharsets.UTF_8), "application/json");
        world.deliver(JobWorld.JOB, JobWorld.DELIVERY_LIMIT + 1);

        assertThat(world.failed().code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(world.failed().message()).contains(object);
        assertThat(world.letters).hasSize(1);
        assertThat(world.acts.all()).endsWith("accept");
    }

    @Test
    void aLeaseLostWhileDenoisingEndsTheJobInSilence() {
        world.model.onCall(world::loseLease);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).containsExactly("put claim.json", "event job/started/1", "put 1-let-go.json");
        assertThat(world.steps()).as("calls of the UNet").isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put result.json", "put outcome.json"})
    void aLeaseLostLaterTellsNothingMore(String act) {
        world.acts.then(act, world::loseLease);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.terminalEvents()).isEmpty();
        assertThat(world.acts.all()).doesNotContain("accept", "release");
    }

    @Test
    void aLeaseLostWhileKafkaIsAwayTellsNothingMore() {
        world.acts.refuse("event job/completed", 1);
        world.acts.then("refused event job/completed", world::loseLease);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "refused event job/completed");
    }

    @Test
    void aJobThatIsDenoisedWhenTheWorkerStopsIsHandedBack() {
        world.model.onCall(world::drain);
        world.deliver(JobWorld.JOB, 1);
        assertThat(world.acts.all())
                .containsExactly("put claim.json", "event job/started/1", "put 1-let-go.json", "release");
        assertThat(world.steps()).as("calls of the UNet").isEqualTo(1);

        world.model.onCall(() -> {});
        world.deliver(JobWorld.JOB, 2);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void anInterruptHandsTheJobBackAndIsKept() {
        world.model.steps.drainPermits();
        Thread.currentThread().interrupt();
        world.deliver(JobWorld.JOB, 1);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(world.acts.all()).contains("release");
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void anInvalidJobUnderATakenIdIsRejectedAndBuried() throws Exception {
        world.deliver(JobWorld.JOB, 1);
        world.deliver(1, JobWorld.INVALID, 1, "first");

        JobEvent.Rejected rejected = (JobEvent.Rejected) world.last();
        assertThat(rejected.code()).isEqualTo(FailureCode.DUPLICATE_ID);
        assertThat(rejected.message()).contains("prompt: ");
        assertThat(world.acts.all()).endsWith("event " + rejected.eventId(), "letter INVALID_JOB", "accept");
        assertThat(world.outcome()).contains(world.completed());
    }

    @Test
    void aJobThatTheDeadLettersDoNotTakeLeavesItsCause() {
        byte[] value = new byte[ScriptedLease.LARGEST_VALUE + 1];
        world.deliver(new String(value, StandardCharsets.US_ASCII), 1);

        assertThat(world.acts.all()).endsWith("letter INVALID_JOB", "accept");
        assertThat(world.letters).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEmpty();
            assertThat(letter.header(DeadLetters.VALUE_OMITTED))
                    .hasValueSatisfying(length -> assertThat(length).asString().isEqualTo("100001"));
        });
    }

    @Test
    void anotherJobUnderATakenIdIsRejectedAndNeverDeveloped() throws Exception {
        world.deliver(JobWorld.JOB, 1);
        world.deliver(1, JobWorld.JOB.replace("abc", "cba"), 1, "first");

        assertThat(world.acts.all())
                .endsWith("accept", "event " + world.last().eventId(), "letter DUPLICATE_ID", "accept");
        assertThat(world.last()).isInstanceOf(JobEvent.Rejected.class);
        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
        assertThat(world.outcome()).contains(world.completed());
    }

    @Test
    void theSameJobInAnotherRecordIsAnsweredWithItsOutcome() {
        world.deliver(JobWorld.JOB, 1);
        world.deliver(1, JobWorld.JOB.replace("{", "{ "), 1, "first");

        assertThat(world.acts.all()).endsWith("accept", "event job/completed", "accept");
        assertThat(world.terminalEvents()).hasSize(2).containsOnly(world.completed());
        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
    }

    @Test
    void aRecordWithoutAReadableIdClaimsNothingAndHasOneIdHoweverOftenItComes() {
        world.deliver("{\"prompt\":\"x\"}", 1);
        world.deliver("{\"prompt\":\"x\"}", 2);

        String id = world.last().jobId();
        assertThat(id).startsWith("unreadable-");
        assertThat(world.acts.all())
                .containsExactly(
                        "event " + id + "/failed",
                        "letter INVALID_JOB",
                        "accept",
                        "event " + id + "/failed",
                        "letter INVALID_JOB",
                        "accept");
        assertThat(world.store.keys()).isEmpty();
    }

    @Test
    void aWorkerWithAnotherDefaultModelStillSeesTheSameJob() {
        world.acts.then("event job/started/1", world::die);
        world.deliver(0, JobWorld.JOB, 1, "first");
        world.deliver(0, JobWorld.JOB, 2, "second");

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(world.completed().model().id()).isEqualTo("second");
        world.deliver(0, JobWorld.JOB, 3, "first");
        assertThat(world.terminalEvents()).hasSize(2).containsOnly(world.completed());
    }

    @Test
    void aSchedulerThatCallsMoreOftenThanItHasStepsHasAsMuchProgress() {
        world.model.onCall(() -> world.clock.advance(Duration.ofSeconds(1)));
        world.deliver(
                "{\"id\":\"job\",\"prompt\":\"abc\",\"num_inference_steps\":3,\"guidance_scale\":1,\"scheduler\":\"heun\"}",
                1);
        assertThat(world.terminalEvents()).singleElement().isInstanceOf(JobEvent.Completed.class);
        assertThat(world.events())
                .filteredOn(JobEvent.Progress.class::isInstance)
                .extracting(event -> ((JobEvent.Progress) event).steps())
                .containsOnly(5);
    }

    @Test
    void progressIsToldOnceASecond() {
        world.model.onCall(() -> world.clock.advance(Duration.ofMillis(400)));
        world.deliver("{\"id\":\"job\",\"prompt\":\"abc\",\"num_inference_steps\":10}", 1);

        assertThat(world.events())
                .filteredOn(JobEvent.Progress.class::isInstance)
                .extracting(JobEvent::eventId)
                .containsExactly("job/progress/1/3", "job/progress/1/6", "job/progress/1/9");
    }

    @Test
    void aJobWhoseDeadlinePassedBeforeItsStartExpires() {
        world.deliver(JobWorld.JOB.replace("}", ",\"deadline\":\"2025-12-31T23:59:59Z\"}"), 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/expired", "accept");
        assertThat(world.steps()).isZero();
    }

    @Test
    void aJobWhoseDeadlinePassesWhileItIsDenoisedExpiresOnce() {
        world.model.steps.drainPermits();
        world.model.steps.release(2);
        String job = JobWorld.JOB.replace("}", ",\"deadline\":\"2026-01-01T00:00:00.2Z\"}");
        world.deliver(job, 1);
        world.deliver(job, 2);

        assertThat(world.acts.all())
                .containsExactly(
                        "put claim.json",
                        "event job/started/1",
                        "put outcome.json",
                        "event job/expired",
                        "accept",
                        "event job/expired",
                        "accept");
        assertThat(world.terminalEvents()).containsOnly(world.last());
        assertThat(((JobEvent.Expired) world.last()).step()).isBetween(0, 2);
    }
}
