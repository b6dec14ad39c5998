package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A worker in a classic consumer group: to users it is like any other. */
class ClassicWorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void jobsEndInOneEventEach() throws Exception {
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack));
                EventLog events = stack.events()) {
            stack.send("good", "{\"id\": \"good\", \"prompt\": \"a red ring\", \"num_inference_steps\": 2}");
            stack.send("bad", "{\"id\": \"bad\", \"prompt\": 7}");

            assertThat(events.awaitEnd("good", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            assertThat(events.awaitEnd("bad", LIMIT))
                    .isInstanceOfSatisfying(
                            JobEvent.Failed.class,
                            failed -> assertThat(failed.code()).isEqualTo(FailureCode.INVALID_JOB));
            List<CloudEvent> good = events.of("good");
            assertThat(good)
                    .extracting(event -> event.event().type())
                    .startsWith("started")
                    .endsWith("completed");
            worker.stop();
        }
    }

    private static WorkerConfig config(TestStack stack) {
        return ConfigLoader.load(Optional.empty(), stack.environment(), Map.of("delivery", "classic"), "worker-1");
    }
}
