package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job does to the world, act by act, when all goes well and when anything does not. */
@Timeout(30)
class JobRunTest {
    private static final String JOB =
            "{\"id\":\"job\",\"prompt\":\"abc\",\"num_inference_steps\":4,\"num_images\":2,\"guidance_scale\":1}";

    private static final int STEPS = 4;

    private static final String INVALID = "{\"id\":\"job\",\"prompt\":7}";

    private static final List<String> ALL_GOES_WELL = List.of(
            "put claim.json",
            "event job/started/1",
            "put 0.png",
            "put 1.png",
            "put result.json",
            "put outcome.json",
            "event job/completed",
            "accept");

    private static final List<String> FAILS_FOR_GOOD =
            List.of("put claim.json", "put outcome.json", "event job/failed", "letter INVALID_JOB", "accept");

    @TempDir
    private Path folder;

    private JobWorld world;

    @BeforeEach
    void open() throws Exception {
        world = new JobWorld(folder);
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void nothingIsDoneBeforeItsPredecessor() throws Exception {
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).isEqualTo(ALL_GOES_WELL);
        JobEvent.Completed completed = completed();
        for (StoredImage image : completed.images()) {
            assertThat(image.sha256()).isEqualTo(Sha256.hex(world.store.get(image.key())));
        }
        assertThat(manifest(completed)).isEqualTo(completed);
        assertThat(outcome()).contains(completed);
    }

    @Test
    void aJobThatFailsForGoodIsToldBeforeItIsBuried() {
        world.deliver(INVALID, 1);

        assertThat(world.acts.all()).isEqualTo(FAILS_FOR_GOOD);
        assertThat(world.letters.all())
                .singleElement()
                .satisfies(letter -> assertThat(letter.value()).isEqualTo(INVALID.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "put claim.json",
                "event job/started/1",
                "put 0.png",
                "put result.json",
                "put outcome.json",
                "event job/completed"
            })
    void aWorkerMayDieAfterAnyActOfAGoodJob(String last) throws Exception {
        world.acts.then(last, world::die);
        world.deliver(JOB, 1);
        assertThat(world.acts.all()).as("acts of the worker that died").endsWith(last, "release");
        world.deliver(JOB, 2);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(world.terminalEvents()).as("one outcome, word for word").containsOnly(completed());
        assertThat(manifest(completed())).isEqualTo(completed());
        assertThat(outcome()).contains(completed());
        assertThat(world.store.keys()).as("one set of objects").hasSize(5);
        for (StoredImage image : completed().images()) {
            assertThat(image.sha256()).isEqualTo(Sha256.hex(world.store.get(image.key())));
        }
        assertThat(world.letters.all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put outcome.json", "event job/failed", "letter INVALID_JOB"})
    void aWorkerMayDieAfterAnyActOfABadJob(String last) {
        world.acts.then(last, world::die);
        world.deliver(INVALID, 1);
        assertThat(world.acts.all()).endsWith(last, "release");
        world.deliver(INVALID, 2);

        assertThat(world.acts.all()).endsWith("event job/failed", "letter INVALID_JOB", "accept");
        assertThat(world.terminalEvents())
                .as("one outcome, word for word")
                .containsOnly(world.terminalEvents().get(0));
        assertThat(world.store.keys()).hasSize(2);
    }

    @Test
    void whatWasDevelopedBeforeADeathAfterTheOutcomeIsNotDevelopedAgain() {
        world.acts.then("put outcome.json", world::die);
        world.deliver(JOB, 1);
        world.deliver(JOB, 2);

        assertThat(world.steps()).isEqualTo(STEPS);
        assertThat(completed().attempt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put 1.png", "put result.json", "put outcome.json"})
    void aBucketThatIsAwayFailsNoJobAndNoPictureIsDevelopedTwice(String act) {
        world.acts.refuse(act, 3);
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).filteredOn(("refused " + act)::equals).hasSize(3);
        assertThat(world.acts.all())
                .filteredOn(done -> !done.startsWith("refused") && !done.startsWith("event job/retrying"))
                .isEqualTo(ALL_GOES_WELL);
        assertThat(world.steps()).isEqualTo(STEPS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put outcome.json"})
    void aWorkerThatIsStoppedWhileTheBucketIsAwayHandsItsJobBack(String act) {
        world.acts.refuse(act, Integer.MAX_VALUE);
        world.acts.then("refused " + act, world::drain);
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).endsWith("release");
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void anEventThatKafkaRefusesIsToldUntilItIsTaken() {
        world.acts.refuse("event job/completed", 3);
        world.deliver(JOB, 1);

        assertThat(world.acts.all())
                .endsWith(
                        "put outcome.json",
                        "refused event job/completed",
                        "refused event job/completed",
                        "refused event job/completed",
                        "event job/completed",
                        "accept");
    }

    @Test
    void aDeadLetterThatKafkaRefusesIsWrittenAgainAndNothingIsAcceptedBefore() {
        world.acts.refuse("letter INVALID_JOB", 2);
        world.deliver(INVALID, 1);

        assertThat(world.acts.all())
                .endsWith("refused letter INVALID_JOB", "event job/failed", "letter INVALID_JOB", "accept");
        assertThat(world.terminalEvents())
                .hasSize(3)
                .containsOnly(world.terminalEvents().get(0));
    }

    @Test
    void aJobWhoseEventIsRefusedIsHandedBackWhenTheWorkerStopsAndToldByTheNext() {
        world.acts.refuse("event job/completed", 2);
        world.acts.then(
                "refused event job/completed", () -> world.acts.then("refused event job/completed", world::drain));
        world.deliver(JOB, 1);
        assertThat(world.acts.all()).endsWith("refused event job/completed", "release");

        world.deliver(JOB, 2);
        assertThat(world.acts.all()).endsWith("release", "event job/completed", "accept");
        assertThat(world.steps()).isEqualTo(STEPS);
    }

    @Test
    void aLeaseLostWhileDenoisingEndsTheJobInSilence() {
        world.model.onCall(world::loseLease);
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).containsExactly("put claim.json", "event job/started/1");
        assertThat(world.steps()).as("calls of the UNet").isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put result.json", "put outcome.json"})
    void aLeaseLostLaterTellsNothingMore(String act) {
        world.acts.then(act, world::loseLease);
        world.deliver(JOB, 1);

        assertThat(world.terminalEvents()).isEmpty();
        assertThat(world.acts.all()).doesNotContain("accept", "release", "reject");
    }

    @Test
    void aLeaseLostWhileKafkaIsAwayTellsNothingMore() {
        world.acts.refuse("event job/completed", 1);
        world.acts.then("refused event job/completed", world::loseLease);
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "refused event job/completed");
    }

    @Test
    void aJobThatIsDenoisedWhenTheWorkerStopsIsHandedBack() {
        world.model.onCall(world::drain);
        world.deliver(JOB, 1);
        assertThat(world.acts.all()).containsExactly("put claim.json", "event job/started/1", "release");

        world.model.onCall(() -> {});
        world.deliver(JOB, 2);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void anInterruptHandsTheJobBackAndIsKept() {
        world.model.steps.drainPermits();
        Thread.currentThread().interrupt();
        world.deliver(JOB, 1);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(world.acts.all()).endsWith("release");
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void aJobThatWorkersDiedOfIsNotTriedAgain() {
        world.deliver(JOB, JobWorld.DELIVERY_LIMIT + 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/failed", "letter INTERNAL", "accept");
        assertThat(world.steps()).isZero();
        assertThat(failed().code()).isEqualTo(FailureCode.INTERNAL);
    }

    @Test
    void theLastDeliveryWithinTheLimitIsTried() {
        world.deliver(JOB, JobWorld.DELIVERY_LIMIT);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void aDeliveryAboveTheLimitTellsTheOutcomeThatIsThere() {
        world.acts.then("put outcome.json", world::die);
        world.deliver(JOB, JobWorld.DELIVERY_LIMIT);
        world.deliver(JOB, JobWorld.DELIVERY_LIMIT + 1);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(world.letters.all()).isEmpty();
    }

    @Test
    void anInvalidJobUnderATakenIdIsRejectedAndBuried() throws Exception {
        world.deliver(JOB, 1);
        world.deliver(1, INVALID, 1, "first");

        JobEvent.Rejected rejected = (JobEvent.Rejected) last();
        assertThat(rejected.code()).isEqualTo(FailureCode.DUPLICATE_ID);
        assertThat(rejected.message()).contains("prompt: ");
        assertThat(world.acts.all()).endsWith("event " + rejected.eventId(), "letter INVALID_JOB", "accept");
        assertThat(outcome()).contains(completed());
    }

    @Test
    void anotherJobUnderATakenIdIsRejectedAndNeverDeveloped() {
        world.deliver(JOB, 1);
        world.deliver(1, JOB.replace("abc", "cba"), 1, "first");

        assertThat(world.acts.all()).endsWith("accept", "event " + last().eventId(), "accept");
        assertThat(last()).isInstanceOf(JobEvent.Rejected.class);
        assertThat(world.steps()).isEqualTo(STEPS);
        assertThat(world.letters.all()).isEmpty();
    }

    @Test
    void theSameJobInAnotherRecordIsAnsweredWithItsOutcome() {
        world.deliver(JOB, 1);
        world.deliver(1, JOB.replace("{", "{ "), 1, "first");

        assertThat(world.acts.all()).endsWith("accept", "event job/completed", "accept");
        assertThat(world.terminalEvents()).hasSize(2).containsOnly(completed());
        assertThat(world.steps()).isEqualTo(STEPS);
    }

    @Test
    void aRecordWithoutAReadableIdClaimsNothingAndHasOneIdHoweverOftenItComes() {
        world.deliver("{\"prompt\":\"x\"}", 1);
        world.deliver("{\"prompt\":\"x\"}", 2);

        String id = last().jobId();
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
        world.deliver(0, JOB, 1, "first");
        world.deliver(0, JOB, 2, "second");

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(completed().model().id()).isEqualTo("second");
        world.deliver(0, JOB, 3, "first");
        assertThat(world.terminalEvents()).hasSize(2).containsOnly(completed());
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
        world.deliver(JOB.replace("}", ",\"deadline\":\"2025-12-31T23:59:59Z\"}"), 1);

        assertThat(world.acts.all())
                .containsExactly("put claim.json", "put outcome.json", "event job/expired", "accept");
        assertThat(world.steps()).isZero();
    }

    @Test
    void aJobWhoseDeadlinePassesWhileItIsDenoisedExpiresOnce() {
        world.model.steps.drainPermits();
        world.model.steps.release(2);
        String job = JOB.replace("}", ",\"deadline\":\"2026-01-01T00:00:00.2Z\"}");
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
        assertThat(world.terminalEvents()).containsOnly(last());
        assertThat(((JobEvent.Expired) last()).step()).isBetween(0, 2);
    }

    @Test
    void aNetworkThatFailsOnceIsTriedAgain() {
        world.model.broken = true;
        world.acts.then("event job/retrying/1", () -> world.model.broken = false);
        world.deliver(JOB, 1);

        assertThat(world.acts.all())
                .startsWith("put claim.json", "event job/started/1", "event job/retrying/1", "put 0.png")
                .endsWith("event job/completed", "accept");
    }

    @Test
    void aNetworkThatKeepsFailingFailsTheJob() {
        world.model.broken = true;
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).filteredOn("event job/retrying/1"::equals).hasSize(3);
        assertThat(world.acts.all())
                .endsWith("put outcome.json", "event job/failed", "letter INFERENCE_FAILED", "accept");
    }

    @Test
    void aBugIsAnInternalErrorThatTellsNothingOfItself() {
        world.model.onCall(() -> {
            throw new IllegalStateException("secret detail");
        });
        world.deliver(JOB, 1);

        assertThat(failed().code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(failed().message()).doesNotContain("secret").contains("job/1");
    }

    private JobEvent last() {
        return world.events().get(world.events().size() - 1);
    }

    private JobEvent.Completed completed() {
        return (JobEvent.Completed) world.terminalEvents().get(0);
    }

    private JobEvent.Failed failed() {
        assertThat(world.terminalEvents()).hasSize(1);
        return (JobEvent.Failed) world.terminalEvents().get(0);
    }

    private Optional<JobEvent> outcome() throws Exception {
        return new JobLedger(world.store, JobWorld.PREFIX).outcome("job");
    }

    private JobEvent manifest(JobEvent.Completed completed) throws Exception {
        String picture = completed.images().get(0).key();
        String key = picture.substring(0, picture.lastIndexOf('/') + 1) + "result.json";
        assertThat(key).startsWith(JobWorld.PREFIX + "/job/");
        return EventCodec.decode("completed", world.store.get(key));
    }
}
