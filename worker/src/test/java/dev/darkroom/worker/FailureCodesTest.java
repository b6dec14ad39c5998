package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.DeadLetterReader;
import dev.darkroom.worker.storage.S3ResultStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each failure code as something in the world provokes it: a worker that tries each job once, its broker, its bucket. */
@Timeout(180)
class FailureCodesTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @TempDir
    private static Path folder;

    private static TestStack stack;
    private static EmbeddedS3 s3;
    private static WorkerConfig config;
    private static Worker worker;
    private static EventLog events;

    @BeforeAll
    static void open() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        Files.createSymbolicLink(
                models.resolve("shapes"), TestStack.MODELS.resolve("shapes").toRealPath());
        DemoModel.truncated(models.resolve("truncated"));
        DemoModel.notNumbers(models.resolve("nan"));
        stack = new TestStack();
        s3 = EmbeddedS3.start(folder.resolve("s3"), 0);
        config = config(models);
        worker = Worker.start(config);
        events = stack.events();
    }

    private static WorkerConfig config(Path models) {
        Map<String, String> settings = Map.of(
                "models",
                models.toString(),
                "default-model",
                "shapes",
                "retry.attempts",
                "1",
                "s3.endpoint",
                s3.endpoint());
        return ConfigLoader.load(Optional.empty(), stack.environment(), settings, "worker-1");
    }

    @AfterAll
    static void close() throws Exception {
        events.close();
        worker.close();
        s3.close();
        stack.close();
    }

    @Test
    void invalidJobAFieldThatNobodyKnows() throws Exception {
        assertFails(FailureCode.INVALID_JOB, "misspelt", "\"promt\":1");
    }

    @Test
    void unknownModelNobodyHasIt() throws Exception {
        assertFails(FailureCode.UNKNOWN_MODEL, "nobodys", "\"model\":\"nope\"");
    }

    @Test
    void unsupportedMoreLayersThanTheModelHas() throws Exception {
        assertFails(FailureCode.UNSUPPORTED, "layers", "\"clip_skip\":9");
    }

    @Test
    void modelUnavailableItsFileIsCutOff() throws Exception {
        assertFails(FailureCode.MODEL_UNAVAILABLE, "cut-off", "\"model\":\"truncated\"");
    }

    @Test
    void inferenceFailedItsWeightsAreNotNumbers() throws Exception {
        assertFails(FailureCode.INFERENCE_FAILED, "not-numbers", "\"model\":\"nan\"");
    }

    @Test
    void internalSomebodyElsesManifestIsInTheWay() throws Exception {
        send("model-of", "");
        JobEvent.Completed same = (JobEvent.Completed) events.awaitEnd("model-of", LIMIT);
        // The keys follow from what the job asks for, without its id.
        String key =
                same.images().get(0).key().replace("model-of", "in-the-way").replace("0.png", "result.json");
        try (S3ResultStore bucket = new S3ResultStore(config.s3())) {
            bucket.putIfAbsent(key, "rubbish".getBytes(StandardCharsets.UTF_8), "application/json");
        }
        assertFails(FailureCode.INTERNAL, "in-the-way", "");
        assertThat(((JobEvent.Failed) events.awaitEnd("in-the-way", LIMIT)).message())
                .as("an id, not the cause")
                .contains("in-the-way/1")
                .doesNotContain("rubbish");
    }

    @Test
    void duplicateIdTheFirstJobStandsAndTheSecondIsADeadLetter() throws Exception {
        send("twice", "");
        JobEvent.Completed first = (JobEvent.Completed) events.awaitEnd("twice", LIMIT);
        byte[] picture = picture(first);
        send("twice", "\"negative_prompt\":\"blue\"");

        List<CloudEvent> all = events.await("twice", list -> last(list) instanceof JobEvent.Rejected, LIMIT);
        assertThat(((JobEvent.Rejected) last(all)).code()).isEqualTo(FailureCode.DUPLICATE_ID);
        assertThat(all).filteredOn(event -> event.event().terminal()).hasSize(1);
        DeadLetter letter = letter("twice");
        assertThat(letter.code()).contains("DUPLICATE_ID");
        assertThat(letter.record().value()).isEqualTo(job("twice", "\"negative_prompt\":\"blue\""));
        assertThat(picture(first)).isEqualTo(picture);

        send("twice", "");
        all = events.await(
                "twice", list -> list.stream().filter(e -> e.event().terminal()).count() == 2, LIMIT);
        assertThat(last(all)).as("the first one's outcome").isEqualTo(first);
        try (S3ResultStore bucket = new S3ResultStore(config.s3())) {
            SendBack sendBack = new SendBack(
                    new JobLedger(bucket, config.s3().prefix()),
                    record -> {
                        throw new AssertionError("The letter of a duplicate was sent back");
                    },
                    config.kafka().topics());
            assertThat(sendBack.once(letter)).isEqualTo(sendBack.again(letter));
        }
    }

    @Test
    void storageUnavailableTheBucketIsAwayWhileTheJobRuns() throws Exception {
        send("away", "\"num_inference_steps\":150,\"num_images\":4"); // it is not done before the bucket is away
        events.await("away", list -> !list.isEmpty(), LIMIT);
        int port = s3.port();
        s3.close();
        List<CloudEvent> all = events.await("away", list -> last(list) instanceof JobEvent.Retrying, LIMIT);
        assertThat(((JobEvent.Retrying) last(all)).code()).isEqualTo(FailureCode.STORAGE_UNAVAILABLE);
        s3 = EmbeddedS3.start(folder.resolve("s3"), port);

        assertThat(events.awaitEnd("away", LIMIT)).isInstanceOf(JobEvent.Completed.class);
        assertThat(events.of("away"))
                .filteredOn(event -> event.event() instanceof JobEvent.Started)
                .as("the pictures were kept")
                .hasSize(1);
    }

    /** A process whose buffers outside the heap may take 8 MiB, and a picture of 12. */
    @Test
    void outOfMemoryThePictureDoesNotFitAndTheWorkerGoesOn() throws Exception {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_KAFKA_TOPICS_JOBS", "small.jobs");
        environment.put("DARKROOM_KAFKA_GROUP", "small");
        environment.put("DARKROOM_RETRY_ATTEMPTS", "1");
        environment.put("JDK_JAVA_OPTIONS", "-XX:MaxDirectMemorySize=8m");
        try (WorkerProcess small = WorkerProcess.start(folder, environment, Main.class, List.of("work"))) {
            small.awaitOutput("takes jobs from", LIMIT);
            String size = "\"width\":1024,\"height\":1024,\"guidance_scale\":1";
            stack.send("small.jobs", "large", job("large", size));
            stack.send("small.jobs", "fits", job("fits", ""));

            assertFailed(FailureCode.OUT_OF_MEMORY, "large");
            assertThat(events.awaitEnd("fits", LIMIT)).isInstanceOf(JobEvent.Completed.class);
        }
    }

    private static void assertFails(FailureCode code, String id, String fields) throws Exception {
        send(id, fields);
        assertFailed(code, id);
        assertThat(letter(id).record().value()).isEqualTo(job(id, fields));
    }

    private static void assertFailed(FailureCode code, String id) throws Exception {
        assertThat(events.awaitEnd(id, LIMIT))
                .isInstanceOfSatisfying(
                        JobEvent.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(code));
        assertThat(letter(id).code()).contains(code.name());
    }

    /** The only dead letter of a job; it may come a moment behind the event. */
    private static DeadLetter letter(String id) throws Exception {
        List<DeadLetter> letters = new ArrayList<>();
        for (int tries = 0; letters.isEmpty() && tries < 50; tries++) {
            try (DeadLetterReader reader = DeadLetterReader.open(config.kafka())) {
                for (List<DeadLetter> next = reader.next(); !next.isEmpty(); next = reader.next()) {
                    letters.addAll(next);
                }
            }
            letters.removeIf(letter -> !letter.record().key().map(String::new).equals(Optional.of(id)));
        }
        assertThat(letters).hasSize(1);
        return letters.get(0);
    }

    private static byte[] picture(JobEvent.Completed completed) throws Exception {
        try (S3ResultStore bucket = new S3ResultStore(config.s3())) {
            return bucket.get(completed.images().get(0).key());
        }
    }

    private static JobEvent last(List<CloudEvent> events) {
        return events.get(events.size() - 1).event();
    }

    private static void send(String id, String fields) throws InterruptedException {
        stack.send(id, job(id, fields));
    }

    private static byte[] job(String id, String fields) {
        String steps = fields.contains("num_inference_steps") ? "" : ",\"num_inference_steps\":1";
        String more = fields.isEmpty() ? "" : "," + fields;
        return ("{\"id\":\"" + id + "\",\"prompt\":\"a red ring\",\"seed\":1" + steps + more + "}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
