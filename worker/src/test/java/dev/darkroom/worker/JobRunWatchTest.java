package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.ops.BegunJob;
import dev.darkroom.worker.ops.JobWatch;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What who watches a job's run hears of it. */
class JobRunWatchTest extends JobRunFixture {
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private final class Ear implements JobWatch {
        @Override
        public void identified(String jobId) {
            heard.add("job " + jobId);
        }

        @Override
        public void begins(BegunJob job) {
            heard.add("begins " + job.id() + ", " + job.steps() + " steps of " + job.pictures() + " pictures");
        }

        @Override
        public void stepped(int done) {
            heard.add("step " + done);
        }

        @Override
        public void enters(String phase) {
            heard.add(phase);
        }

        @Override
        public void uploadFailed() {
            heard.add("upload failed");
        }

        @Override
        public void ended(JobEvent last, Optional<FailureCode> buried) {
            heard.add(last.type() + buried.map(code -> ", buried for " + code).orElse(""));
        }

        @Override
        public void handedBack() {
            heard.add("handed back");
        }

        @Override
        public void leaseLost() {
            heard.add("lost");
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        world.watch = new Ear();
    }

    @Test
    void aJobIsHeardFromItsBeginningToItsEnd() {
        world.deliver(JobWorld.JOB, 1);
        assertThat(heard)
                .startsWith("job job", "begins job, 4 steps of 2 pictures", "prepare", "denoise")
                .containsSubsequence("step 1", "step 4", "decode", "encode", "decode", "encode", "upload", "settle")
                .endsWith("completed");
    }

    @Test
    void aSchedulerThatCallsMoreOftenThanItHasStepsHasAsManyInBothPlaces() {
        world.deliver(
                "{\"id\":\"job\",\"prompt\":\"abc\",\"num_inference_steps\":3,\"guidance_scale\":1,\"scheduler\":\"heun\"}",
                1);
        assertThat(heard).contains("begins job, 5 steps of 1 pictures", "step 5");
    }

    @Test
    void anUploadThatFailsIsHeardEachTime() {
        world.acts.refuse("put 0.png", 2);
        world.deliver(JobWorld.JOB, 1);
        assertThat(heard).filteredOn("upload failed"::equals).hasSize(2);
        assertThat(heard).endsWith("completed");
    }

    @Test
    void aRetryAndADeadLetterAreEnds() {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);
        assertThat(heard).endsWith("retrying");
        world.deliverRetry();
        world.deliverRetry();
        assertThat(heard).endsWith("failed, buried for INFERENCE_FAILED");
    }

    @Test
    void aJobThatGoesToAnotherWorkerEndsOnce() {
        world.model.onCall(world::drain);
        world.deliver(JobWorld.JOB, 1);
        assertThat(heard).endsWith("handed back").doesNotContain("completed");
        world.model.onCall(world::loseLease);
        world.deliver(JobWorld.JOB, 2);
        assertThat(heard).endsWith("lost").doesNotContain("completed");
    }
}
