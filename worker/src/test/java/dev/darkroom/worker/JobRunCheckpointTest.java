package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.job.CancelRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a job leaves in the bucket when its worker drains, and what the next worker makes of it. */
@Timeout(30)
class JobRunCheckpointTest extends JobRunFixture {
    private static final String JOB = JobWorld.JOB.replace("}", ",\"seed\":5}");
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @BeforeEach
    void leaveState() {
        world.checkpointOnDrain(LIMIT);
    }

    @Test
    void theNextWorkerDoesTheRestAndComesToTheSameBytes() throws Exception {
        world.deliver(1, JOB.replace("\"job\"", "\"other\""), 1, "first");
        List<byte[]> undisturbed = pictures("other");
        world.model.rowsOfCalls.clear();
        int before = world.acts.all().size();

        drainAtCall(2);
        world.deliver(JOB, 1);
        assertThat(world.steps()).as("calls of the UNet").isEqualTo(2);
        world.deliver(JOB, 2);

        assertThat(world.steps()).as("calls of the UNet in all").isEqualTo(JobWorld.STEPS);
        assertThat(pictures("job")).containsExactlyElementsOf(undisturbed);
        assertThat(world.acts.all().subList(before, world.acts.all().size()))
                .containsExactly(
                        "put claim.json",
                        "event job/started/1",
                        "put checkpoint-1-1.bin",
                        "put 1-let-go.json",
                        "release",
                        "put 2-begun.json",
                        "event job/started/1",
                        "put 0.png",
                        "put 1.png",
                        "put result.json",
                        "put outcome.json",
                        "event job/completed",
                        "accept");
        assertThat(checkpoints()).as("left behind").isEmpty();
    }

    @Test
    void aJobMayBeHandedOnAfterEveryStepAndItsProgressNeverGoesBack() {
        String job = JOB.replace("\"num_inference_steps\":4", "\"num_inference_steps\":3");
        world.model.onCall(() -> {
            world.clock.advance(Duration.ofSeconds(2));
            world.drain();
        });
        world.deliver(job, 1);
        world.deliver(job, 2);
        assertThat(checkpoints()).hasSize(2);
        world.model.onCall(() -> world.clock.advance(Duration.ofSeconds(2)));
        world.deliver(job, 3);

        assertThat(world.steps()).isEqualTo(3);
        assertThat(world.events())
                .filteredOn(JobEvent.Progress.class::isInstance)
                .extracting(JobEvent::eventId)
                .containsExactly("job/progress/1/1", "job/progress/1/2", "job/progress/1/3");
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(checkpoints()).isEmpty();
    }

    @Test
    void whatWasLeftAfterTheLastStepNeedsNoStep() {
        drainAtCall(JobWorld.STEPS);
        world.deliver(JOB, 1);
        world.deliver(JOB, 2);

        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void aWorkerThatComesNoFurtherLeavesWhatIsThere() {
        drainAtCall(2);
        world.deliver(JOB, 1);
        world.acts.then("event job/started/1", world::drain);
        world.deliver(JOB, 2);
        assertThat(checkpoints()).containsExactly("checkpoint-1-1.bin");
        world.deliver(JOB, 3);

        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
    }

    @Test
    void aBucketThatRefusesCostsTheStepsAndNothingElse() {
        world.acts.refuse("put checkpoint-1-1.bin", 1);
        drainAtCall(2);
        world.deliver(JOB, 1);
        assertThat(world.acts.all()).endsWith("refused put checkpoint-1-1.bin", "put 1-let-go.json", "release");
        world.deliver(JOB, 2);

        assertThat(world.steps()).isEqualTo(2 + JobWorld.STEPS);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
    }

    @Test
    void aBucketThatDoesNotAnswerDoesNotHoldTheJobUp() throws Exception {
        world.checkpointOnDrain(Duration.ofMillis(20));
        CountDownLatch interrupted = new CountDownLatch(1);
        world.acts.then("put checkpoint-1-1.bin", () -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        drainAtCall(2);
        world.deliver(JOB, 1);

        assertThat(world.acts.all()).endsWith("release");
        interrupted.await();
    }

    @Test
    void rubbishIsNotGoneOnFrom() throws Exception {
        drainAtCall(2);
        world.deliver(JOB, 1);
        String key = world.store.keys().stream()
                .filter(name -> name.endsWith("checkpoint-1-1.bin"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = world.store.get(key);
        bytes[bytes.length / 2] ^= 1;
        world.store.delete(key);
        world.store.putIfAbsent(key, bytes, "application/octet-stream");
        world.deliver(JOB, 2);

        assertThat(world.steps()).isEqualTo(2 + JobWorld.STEPS);
        assertThat(world.acts.all()).endsWith("event job/completed", "accept");
        assertThat(checkpoints()).isEmpty();
    }

    @Test
    void aWorkerThatComputesOtherwiseBeginsAnew() {
        drainAtCall(2);
        world.deliver(JOB, 1);
        world.computing = "otherwise";
        world.checkpointOnDrain(LIMIT);
        world.deliver(JOB, 2);

        assertThat(world.steps()).isEqualTo(2 + JobWorld.STEPS);
    }

    /** Whatever a job failed of may be in its numbers. */
    @Test
    void anotherAttemptBeginsAnewAndFindsNothingLeft() {
        drainAtCall(2);
        world.deliver(JOB, 1);
        world.model.broken = true;
        world.deliver(JOB, 2);
        assertThat(world.last()).isInstanceOf(JobEvent.Retrying.class);
        assertThat(checkpoints()).isEmpty();

        world.model.broken = false;
        world.model.onCall(() -> {});
        world.model.rowsOfCalls.clear();
        world.deliverRetry();
        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
    }

    @Test
    void aJobThatIsLostOrCancelledLeavesNothing() {
        world.model.onCall(world::loseLease);
        world.deliver(JOB, 1);
        assertThat(checkpoints()).isEmpty();

        world.model.onCall(() -> world.cancels.add(new CancelRequest("job", Optional.empty())));
        world.deliver(JOB, 2);
        assertThat(world.last()).isInstanceOf(JobEvent.Cancelled.class);
        assertThat(checkpoints()).isEmpty();
    }

    @Test
    void aWorkerThatIsNotAskedToNeitherLeavesNorLooks() {
        drainAtCall(2);
        world.deliver(JOB, 1);
        world.resumePoints.orElseThrow().close();
        world.resumePoints = Optional.empty();
        drainAtCall(4);
        world.deliver(JOB, 2);
        assertThat(checkpoints()).containsExactly("checkpoint-1-1.bin");
        world.deliver(JOB, 3);

        assertThat(world.steps()).isEqualTo(2 + 2 + JobWorld.STEPS);
    }

    /** The worker drains in that call, counted from the first one of the test. */
    private void drainAtCall(int call) {
        world.model.onCall(() -> {
            if (world.steps() == call) {
                world.drain();
            }
        });
    }

    private List<String> checkpoints() {
        return world.store.keys().stream()
                .map(key -> key.substring(key.lastIndexOf('/') + 1))
                .filter(name -> name.startsWith("checkpoint-"))
                .toList();
    }

    private List<byte[]> pictures(String id) throws Exception {
        List<byte[]> pictures = new ArrayList<>();
        for (String key : world.store.keys().stream().sorted().toList()) {
            if (key.contains("/" + id + "/") && key.endsWith(".png")) {
                pictures.add(world.store.get(key));
            }
        }
        return pictures;
    }
}
