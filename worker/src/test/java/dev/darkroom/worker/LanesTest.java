package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One worker and jobs of several lanes. */
class LanesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int STEPS = 10;
    /** One call of so many is the low lane's, beside the high one alone. */
    private static final int BOUND = 1 + 8;

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void jobsOfEveryLaneAreDone(String delivery) throws Exception {
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack, Map.of("delivery", delivery)));
                EventLog events = stack.events()) {
            for (Lane lane : Lane.values()) {
                send(stack, lane, lane.label(), 2);
            }
            for (Lane lane : Lane.values()) {
                assertThat(events.awaitEnd(lane.label(), LIMIT)).isInstanceOf(JobEvent.Completed.class);
            }
            worker.stop();
        }
    }

    /** The model is one whose rows depend on their company: jobs take turns, so calls can be counted. */
    @Test
    void aJobOfTheLowLaneIsDoneBesideAFloodOfTheHighOne() throws Exception {
        RowwiseModel model = new RowwiseModel("shapes");
        model.companyCounts = true;
        WorkerParts parts = new WorkerParts(
                device -> always(model), UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack, Map.of("slots", "2")), parts);
                EventLog events = stack.events()) {
            try {
                for (int i = 0; i < 30; i++) {
                    send(stack, Lane.HIGH, "high-" + i, 150);
                }
                for (int i = 0; i < 2; i++) {
                    awaitStarted(events, "high-" + i);
                }
                send(stack, Lane.LOW, "low", STEPS);
                awaitStarted(events, "low");
                int before = model.rowsOfCalls.size();
                model.steps.release(BOUND * (STEPS + 1)); // one lap more, for the call that runs while the job comes

                assertThat(events.awaitEnd("low", LIMIT)).isInstanceOf(JobEvent.Completed.class);
                assertThat(model.rowsOfCalls.size() - before).isLessThanOrEqualTo(BOUND * (STEPS + 1));
                assertThat(events.of("high-2"))
                        .as("a third job of the high lane")
                        .isEmpty();
            } finally {
                model.steps.release(1_000_000);
            }
            worker.stop();
        }
    }

    private static void awaitStarted(EventLog events, String id) throws Exception {
        events.await(
                id, list -> list.stream().anyMatch(event -> event.event().type().equals("started")), LIMIT);
    }

    private static ModelLoader always(RowwiseModel model) {
        return new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                return model;
            }

            @Override
            public long memory(ModelFiles files) {
                return 1;
            }
        };
    }

    private static void send(TestStack stack, Lane lane, String id, int steps) throws InterruptedException {
        TopicsConfig topics = stack.config("sender").kafka().topics();
        String job = "{\"id\": \"" + id + "\", \"prompt\": \"a red ring\", \"guidance_scale\": 1, \"width\": 64,"
                + " \"height\": 64, \"num_inference_steps\": " + steps + "}";
        stack.send(topics.jobs(lane), id, job.getBytes(StandardCharsets.UTF_8));
    }

    private static WorkerConfig config(TestStack stack, Map<String, String> options) {
        return ConfigLoader.load(Optional.empty(), stack.environment(), options, "worker-1");
    }
}
