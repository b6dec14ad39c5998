package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole worker that may have as many slots as it finds to be of use. */
@Timeout(180)
class PrefetchWorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MANY = 16;

    @Test
    void jobsThatWaitWhileNothingIsDenoisedGetAnotherSlot() throws Exception {
        CountDownLatch sent = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        WorkerParts parts = new WorkerParts(
                device -> new Quick(),
                store -> new HeldBucket(Map.of("first", sent, "last-0", seen, "last-1", seen)),
                UnaryOperator.identity(),
                UnaryOperator.identity());
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(
                        ConfigLoader.load(Optional.empty(), stack.environment(), Map.of("slots", "0"), "worker-1"),
                        parts);
                EventLog events = stack.events()) {
            try {
                send(stack, "first");
                for (int job = 0; job < MANY; job++) {
                    send(stack, "job-" + job);
                }
                send(stack, "last-0");
                send(stack, "last-1");
                sent.countDown();
                awaitStarted(events, "last-0");
                awaitStarted(events, "last-1"); // one slot would have one of them
            } finally {
                sent.countDown();
                seen.countDown();
            }
            assertThat(events.awaitEnd("last-0", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            assertThat(events.awaitEnd("last-1", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            worker.stop();
        }
    }

    private static void awaitStarted(EventLog events, String id) throws Exception {
        events.await(
                id, list -> list.stream().anyMatch(event -> event.event().type().equals("started")), LIMIT);
    }

    private static void send(TestStack stack, String id) throws Exception {
        stack.send(id, "{\"id\":\"" + id + "\",\"prompt\":\"x\",\"num_inference_steps\":1}");
    }

    /** Its calls take no time. */
    private static final class Quick implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            RowwiseModel model = new RowwiseModel("shapes");
            model.companyCounts = true;
            model.steps.release(1_000_000);
            return model;
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }
}
