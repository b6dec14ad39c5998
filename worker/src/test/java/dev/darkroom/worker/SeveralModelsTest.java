package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One worker with memory for one model: two that work, and two that do not. */
@Timeout(120)
class SeveralModelsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private static Path folder;

    private static TestStack stack;
    private static EventLog events;
    private static Worker worker;
    private static long one;

    @BeforeAll
    static void open() throws Exception {
        DemoModel.copy(folder.resolve("first"));
        Files.createSymbolicLink(folder.resolve("second"), folder.resolve("first"));
        DemoModel.truncated(folder.resolve("truncated"));
        DemoModel.notNumbers(folder.resolve("nan"));
        one = WorkerModels.runtimeLoader(WorkerModels.ANY_DEVICE)
                .memory(ModelFiles.of("first", folder.resolve("first")));
        stack = new TestStack();
        worker = start("first", one * 3 / 2 + "B");
        events = stack.events();
    }

    @AfterAll
    static void close() throws Exception {
        worker.close();
        events.close();
        stack.close();
    }

    private static Worker start(String defaultModel, String memory) throws Exception {
        Map<String, String> settings =
                Map.of("models", folder.toString(), "default-model", defaultModel, "model-memory", memory);
        return Worker.start(ConfigLoader.load(Optional.empty(), stack.environment(), settings, "worker-1"));
    }

    @Test
    void jobsOfModelsThatDoNotFitTogetherTakeTurns() throws Exception {
        LoadedModels models = worker.models();
        int turn = 0;
        for (String model : List.of("second", "first", "second")) {
            String id = model + "-" + turn++;
            send(id, model);
            assertThat(events.awaitEnd(id, LIMIT))
                    .isInstanceOfSatisfying(
                            JobEvent.Completed.class,
                            completed -> assertThat(completed.model().id()).isEqualTo(model));
            assertThat(models.loaded()).containsExactly(model);
            assertThat(models.memoryReserved()).isEqualTo(one);
        }
    }

    @Test
    void weightsThatAreNotNumbersFailTheJobOnceAndForGood() throws Exception {
        send("job-nan", "nan");
        assertThat(events.awaitEnd("job-nan", LIMIT)).isInstanceOfSatisfying(JobEvent.Failed.class, failed -> {
            assertThat(failed.code()).isEqualTo(FailureCode.INFERENCE_FAILED);
            assertThat(failed.message()).contains("nan", "not finite");
        });
        assertThatTheWorkerGoesOn("after-nan");
        assertThat(events.of("job-nan")).extracting(e -> e.event().type()).containsExactly("failed");
    }

    @Test
    void aTruncatedFileFailsTheJobAfterItsTriesAndNotTheWorker() throws Exception {
        send("job-truncated", "truncated");
        List<CloudEvent> all = events.await("job-truncated", list -> !list.isEmpty(), LIMIT);
        assertThat(all.get(0).event()).isInstanceOfSatisfying(JobEvent.Retrying.class, retrying -> {
            assertThat(retrying.code()).isEqualTo(FailureCode.MODEL_UNAVAILABLE);
            assertThat(retrying.message()).contains("cut off");
        });
        // Repaired while the job waits for its next try.
        Path unet = Path.of("unet/diffusion_pytorch_model.safetensors");
        Path whole = Files.copy(folder.resolve("first").resolve(unet), folder.resolve("whole"));
        Files.move(
                whole,
                folder.resolve("truncated").resolve(unet),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
        assertThat(events.awaitEnd("job-truncated", LIMIT)).isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    void aWorkerWhoseDefaultModelIsBrokenDoesNotStart() {
        assertThatThrownBy(() -> start("nan", "1GB"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("nan", "not finite");
        assertThatThrownBy(() -> start("first", "1MB"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("first", "0.00 GB", "model-memory");
    }

    private static void assertThatTheWorkerGoesOn(String id) throws Exception {
        send(id, "first");
        assertThat(events.awaitEnd(id, LIMIT)).isInstanceOf(JobEvent.Completed.class);
    }

    private static void send(String id, String model) throws InterruptedException {
        stack.send(id, """
                {"id": "%s", "prompt": "a red ring", "num_inference_steps": 1, "model": "%s"}""".formatted(id, model));
    }
}
