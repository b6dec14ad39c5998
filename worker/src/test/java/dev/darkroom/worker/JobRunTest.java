package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.job.Noise;
import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job does to the world, act by act, when all goes well, when a worker dies, and when bucket or broker is away. */
@Timeout(30)
class JobRunTest extends JobRunFixture {
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

    @Test
    void nothingIsDoneBeforeItsPredecessor() throws Exception {
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).isEqualTo(ALL_GOES_WELL);
        JobEvent.Completed completed = world.completed();
        for (StoredImage image : completed.images()) {
            assertThat(image.sha256()).isEqualTo(Sha256.hex(world.store.get(image.key())));
        }
        assertThat(manifest(completed)).isEqualTo(completed);
        assertThat(world.outcome()).contains(completed);
    }

    @Test
    void aManifestSaysWhoseNoiseItsPicturesBeganWith() throws Exception {
        world.deliver(JobWorld.JOB.replaceFirst("[{]", "{\"noise\": \"cuda-philox\", "), 1);

        assertThat(world.completed().noise()).contains(Noise.CUDA_PHILOX);
        assertThat(manifest(world.completed())).isEqualTo(world.completed());
    }

    @Test
    void aJobThatFailsForGoodIsToldBeforeItIsBuried() {
        world.deliver(JobWorld.INVALID, 1);

        assertThat(world.acts.all()).isEqualTo(FAILS_FOR_GOOD);
        assertThat(world.letters)
                .singleElement()
                .satisfies(letter ->
                        assertThat(letter.value()).isEqualTo(JobWorld.INVALID.getBytes(StandardCharsets.UTF_8)));
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
        world.deliver(JobWorld.JOB, 1);
        assertThat(world.acts.all()).as("acts of the worker that died").endsWith(last, "release");
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(world.terminalEvents()).as("one outcome, word for word").containsOnly(world.completed());
        assertThat(manifest(world.completed())).isEqualTo(world.completed());
        assertThat(world.outcome()).contains(world.completed());
        assertThat(world.store.keys())
                .filteredOn(key -> !key.contains("/deliveries/"))
                .as("one set of objects")
                .hasSize(5);
        for (StoredImage image : world.completed().images()) {
            assertThat(image.sha256()).isEqualTo(Sha256.hex(world.store.get(image.key())));
        }
        assertThat(world.letters).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put outcome.json", "event job/failed", "letter INVALID_JOB"})
    void aWorkerMayDieAfterAnyActOfABadJob(String last) {
        world.acts.then(last, world::die);
        world.deliver(JobWorld.INVALID, 1);
        assertThat(world.acts.all()).endsWith(last, "release");
        world.deliver(JobWorld.INVALID, 2);

        assertThat(world.acts.all()).endsWith("event job/failed", "letter INVALID_JOB", "accept");
        assertThat(world.terminalEvents())
                .as("one outcome, word for word")
                .containsOnly(world.terminalEvents().get(0));
        assertThat(world.store.keys()).hasSize(2);
    }

    @Test
    void whatWasDevelopedBeforeADeathAfterTheOutcomeIsNotDevelopedAgain() {
        world.acts.then("put outcome.json", world::die);
        world.deliver(JobWorld.JOB, 1);
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
        assertThat(world.completed().attempt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put 1.png", "put result.json", "put outcome.json"})
    void aBucketThatIsAwayFailsNoJobAndNoPictureIsDevelopedTwice(String act) {
        world.acts.refuse(act, 3);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).filteredOn(("refused " + act)::equals).hasSize(3);
        assertThat(world.acts.all())
                .filteredOn(done -> !done.startsWith("refused") && !done.startsWith("event job/retrying"))
                .isEqualTo(ALL_GOES_WELL);
        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put claim.json", "put 0.png", "put outcome.json"})
    void aWorkerThatIsStoppedWhileTheBucketIsAwayHandsItsJobBack(String act) {
        world.acts.refuse(act, Integer.MAX_VALUE);
        world.acts.then("refused " + act, world::drain);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("release");
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void anEventThatKafkaRefusesIsToldUntilItIsTaken() {
        world.acts.refuse("event job/completed", 3);
        world.deliver(JobWorld.JOB, 1);

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
        world.deliver(JobWorld.INVALID, 1);

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
        world.deliver(JobWorld.JOB, 1);
        assertThat(world.acts.all()).endsWith("refused event job/completed", "release");

        world.deliver(JobWorld.JOB, 2);
        assertThat(world.acts.all()).endsWith("release", "event job/completed", "accept");
        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
    }

    private JobEvent manifest(JobEvent.Completed completed) throws Exception {
        String picture = completed.images().get(0).key();
        String key = picture.substring(0, picture.lastIndexOf('/') + 1) + "result.json";
        assertThat(key).startsWith(JobWorld.PREFIX + "/job/");
        return EventCodec.decode("completed", world.store.get(key));
    }
}
