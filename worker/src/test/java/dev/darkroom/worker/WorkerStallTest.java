package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A whole worker whose device stops answering. */
class WorkerStallTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();

    @Test
    void aStalledJobIsTriedAgainAndASecondStallEndsTheWorker() throws Exception {
        RowwiseModel model = new RowwiseModel("shapes"); // whose steps wait for permits that nobody gives
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(config(stack), parts(model));
                EventLog events = stack.events()) {
            stack.send("slow", "{\"id\": \"slow\", \"prompt\": \"abc\", \"num_inference_steps\": 2}");
            events.await("slow", list -> list.stream().anyMatch(e -> e.event() instanceof JobEvent.Retrying), LIMIT);

            assertThat(exits.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1);

            assertThatThrownBy(() -> worker.awaitEnd(Optional.empty())).hasMessageContaining("device");
            events.await(
                    "slow",
                    list -> list.stream()
                                    .filter(e -> e.event() instanceof JobEvent.Retrying)
                                    .count()
                            == 2,
                    LIMIT);
            assertThat(events.of("slow"))
                    .filteredOn(e -> e.event() instanceof JobEvent.Retrying)
                    .allSatisfy(e ->
                            assertThat(((JobEvent.Retrying) e.event()).code()).isEqualTo(FailureCode.INFERENCE_FAILED));
        }
    }

    private WorkerParts parts(RowwiseModel model) {
        ModelLoader loader = new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                return model;
            }

            @Override
            public long memory(ModelFiles files) {
                return 1;
            }
        };
        return new WorkerParts(
                device -> loader,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                exits::add);
    }

    private static WorkerConfig config(TestStack stack) {
        return ConfigLoader.load(Optional.empty(), stack.environment(), Map.of("stall-timeout", "PT1S"), "worker-1");
    }
}
