package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.ops.AdminClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
                assertThat(status(worker)).contains("\"slots\":1").doesNotContain("\"slots\":2");
                send(stack, "first");
                for (int job = 0; job < MANY; job++) {
                    send(stack, "job-" + job);
                }
                send(stack, "last-0");
                send(stack, "last-1");
                sent.countDown();
                awaitStarted(events, "last-0");
                awaitStarted(events, "last-1"); // one slot would have one of them
                assertThat(status(worker)).contains("\"slots\":2");
            } finally {
                sent.countDown();
                seen.countDown();
            }
            assertThat(events.awaitEnd("last-0", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            assertThat(events.awaitEnd("last-1", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            worker.stop();
        }
    }

    private static String status(Worker worker) throws Exception {
        return new AdminClient(worker.adminPort()).get("/status").body();
    }

    private static void awaitStarted(EventLog events, String id) throws Exception {
        events.await(
                id, list -> list.stream().anyMatch(event -> event.event().type().equals("started")), LIMIT);
    }

    private static void send(TestStack stack, String id) throws Exception {
        stack.send(id, "{\"id\":\"" + id + "\",\"prompt\":\"x\",\"num_inference_steps\":1}");
    }

    /** Its calls take no time, and one row is all that is worth it: a job fills them, so there is one slot at first. */
    private static final class Quick implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            RowwiseModel model = new RowwiseModel("shapes");
            model.steps.release(1_000_000);
            return new ForwardingModel(model) {
                @Override
                public Optional<CallTimes> callTimes() {
                    return Optional.of(new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(10)))));
                }
            };
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }
}
