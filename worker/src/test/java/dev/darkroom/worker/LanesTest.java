package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.JobClient;
import dev.darkroom.client.Lane;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One worker and jobs of several lanes. */
class LanesTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int STEPS = 10;
    /** One call of so many is the low lane's, beside the high one alone, whose calls cost half of it. */
    private static final int BOUND = 1 + 2 * 8;

    /** A row takes less in a call of two, so that a job of two pictures has such calls. */
    private static final CallTimes TIMES =
            new CallTimes(64, new TreeMap<>(Map.of(1, Duration.ofMillis(10), 2, Duration.ofMillis(18))));

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void jobsOfEveryLaneAreDone(String delivery) throws Exception {
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack, Map.of("delivery", delivery)));
                EventLog events = stack.events()) {
            for (Lane lane : Lane.values()) {
                send(stack, lane, lane.label(), 2, 1);
            }
            for (Lane lane : Lane.values()) {
                assertThat(events.awaitEnd(lane.label(), LIMIT)).isInstanceOf(JobEvent.Completed.class);
            }
            worker.stop();
        }
    }

    /** A model whose rows depend on their company has one job a call; two rows are the low lane's job. */
    @Test
    void aJobOfTheLowLaneIsDoneWithinTheBoundBesideAFloodOfTheHighOne() throws Exception {
        RowwiseModel model = new RowwiseModel("shapes");
        model.companyCounts = true;
        WorkerParts parts = new WorkerParts(
                device -> always(model), UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack, Map.of("slots", "2")), parts);
                EventLog events = stack.events()) {
            try {
                for (int i = 0; i < 8; i++) {
                    send(stack, Lane.HIGH, "high-" + i, 150, 1);
                }
                awaitStarted(events, "high-0");
                awaitStarted(events, "high-1");
                send(stack, Lane.LOW, "low", STEPS, 2);
                awaitStarted(events, "low");
                awaitInLoop(3);
            } finally {
                model.steps.release(1_000_000);
            }
            assertThat(events.awaitEnd("low", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            List<Integer> calls = List.copyOf(model.rowsOfCalls);
            assertThat(calls.lastIndexOf(2) - calls.indexOf(2))
                    .as("calls from the low lane's first to its last, of %s", calls)
                    .isLessThanOrEqualTo(BOUND * (STEPS - 1))
                    .isGreaterThan(STEPS);
            worker.stop();
        }
    }

    /** Waits until so many jobs are in the loop: one that has started may be on its way there. Then its thread awaits the end. */
    static void awaitInLoop(int jobs) {
        Instant end = Instant.now().plus(LIMIT);
        while (Thread.getAllStackTraces().values().stream()
                        .filter(LanesTest::awaitsLoop)
                        .count()
                < jobs) {
            assertThat(Instant.now())
                    .as("time to see %d jobs in the loop", jobs)
                    .isBefore(end);
            Thread.onSpinWait();
        }
    }

    private static boolean awaitsLoop(StackTraceElement[] stack) {
        return Arrays.stream(stack)
                .anyMatch(frame -> frame.getClassName().equals(Developing.class.getName())
                        && frame.getMethodName().equals("await"));
    }

    private static void awaitStarted(EventLog events, String id) throws Exception {
        events.await(
                id, list -> list.stream().anyMatch(event -> event.event().type().equals("started")), LIMIT);
    }

    /** The model, whose calls are said to take as long as they have rows: by the clock they take as long as the test lets them. */
    private static ModelLoader always(RowwiseModel model) {
        return new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                return new ForwardingModel(model) {
                    @Override
                    public Optional<CallTimes> callTimes() {
                        return Optional.of(TIMES);
                    }
                };
            }

            @Override
            public long memory(ModelFiles files) {
                return 1;
            }
        };
    }

    private static void send(TestStack stack, Lane lane, String id, int steps, int images) throws InterruptedException {
        GenerationJob job = GenerationJob.builder(id, "a red ring")
                .guidanceScale(1)
                .width(64)
                .height(64)
                .numInferenceSteps(steps)
                .numImages(images)
                .build();
        try (JobClient client = JobClient.create(Map.of("bootstrap.servers", stack.bootstrapServers()))) {
            client.submit(job, lane);
        }
    }

    private static WorkerConfig config(TestStack stack, Map<String, String> options) {
        return ConfigLoader.load(Optional.empty(), stack.environment(), options, "worker-1");
    }
}
