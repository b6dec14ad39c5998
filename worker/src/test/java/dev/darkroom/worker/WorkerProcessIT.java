package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.worker.storage.S3ResultStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers as users run them, killed as clusters kill them. */
class WorkerProcessIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration LOCK = Duration.ofSeconds(30);
    /** The shortest that brokers allow. */
    private static final Duration SESSION = Duration.ofSeconds(6);

    /** What Kafka's clients have where nobody says otherwise. */
    private static final Duration SESSION_OF_KAFKA = Duration.ofSeconds(45);

    private static final String READY = "takes jobs from";

    @TempDir
    private Path directory;

    private TestStack stack;

    @BeforeEach
    void open() throws Exception {
        stack = new TestStack();
    }

    @AfterEach
    void close() throws Exception {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void aKilledWorkersJobIsCompletedByAnotherAndToldOnce(String delivery) throws Exception {
        try (WorkerProcess first = worker("first", delivery)) {
            first.awaitOutput(READY, LIMIT);
            try (EventLog events = stack.events();
                    WorkerProcess second = worker("second", delivery)) {
                second.awaitOutput(READY, LIMIT);
                stack.send("victim", longJob("victim"));
                String holder = startedBy(events, "victim");
                (holder.equals("first") ? first : second).kill();
                Instant killed = Instant.now();

                JobEvent.Completed completed = (JobEvent.Completed) events.awaitEnd("victim", LIMIT);
                stack.send("after", "{\"id\":\"after\",\"prompt\":\"x\",\"num_inference_steps\":1}");
                events.awaitEnd("after", LIMIT);

                List<CloudEvent> all = events.of("victim");
                assertThat(all)
                        .filteredOn(e -> e.event().terminal())
                        .extracting(CloudEvent::id, CloudEvent::source)
                        .hasSize(1);
                assertThat(all)
                        .filteredOn(e -> e.event().type().equals("started"))
                        .extracting(e -> ((JobEvent.Started) e.event()).worker())
                        .containsExactly(holder, holder.equals("first") ? "second" : "first");
                assertThat(Duration.between(killed, secondStart(all)))
                        .as("until another worker had it: share, by the lost connection; classic, by the session's end")
                        .isLessThan(delivery.equals("share") ? LOCK : SESSION_OF_KAFKA);
                assertPicturesAreThere(completed);
            }
        }
    }

    @Test
    void aStoppedWorkerFinishesItsJobOrHandsItBack() throws Exception {
        try (WorkerProcess first = worker("first")) {
            first.awaitOutput(READY, LIMIT);
            try (EventLog events = stack.events()) {
                stack.send("short", shortJob("short"));
                startedBy(events, "short");
                first.terminate();
                assertThat(first.awaitExit(LIMIT)).isZero();
                assertThat(events.awaitEnd("short", LIMIT)).as("finished").isInstanceOf(JobEvent.Completed.class);
            }
        }
        Map<String, String> impatient = environment("impatient");
        impatient.put("DARKROOM_DRAIN_TIMEOUT", "PT0S");
        try (WorkerProcess second = WorkerProcess.start(directory, impatient, "work")) {
            second.awaitOutput(READY, LIMIT);
            try (EventLog events = stack.events()) {
                stack.send("long", longJob("long"));
                startedBy(events, "long");
                second.terminate();
                assertThat(second.awaitExit(LIMIT)).isZero();
                try (WorkerProcess third = worker("third")) {
                    assertThat(events.awaitEnd("long", LIMIT)).as("handed back").isInstanceOf(JobEvent.Completed.class);
                    assertThat(events.of("long"))
                            .filteredOn(e -> e.event().terminal())
                            .extracting(CloudEvent::source)
                            .containsExactly("third");
                    third.terminate();
                }
            }
        }
    }

    @Test
    void anIdleWorkerEndsByItselfWhenToldTo() throws Exception {
        try (WorkerProcess worker =
                WorkerProcess.start(directory, environment("batch"), "work", "--exit-when-idle", "PT1S")) {
            assertThat(worker.awaitExit(LIMIT)).isZero();
        }
    }

    @Test
    void withoutKafkaAWorkerSaysWhichSettingToLookAt() throws Exception {
        Map<String, String> environment = environment("lost");
        environment.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
        assertRefusesToStart(environment, "DARKROOM_KAFKA_BOOTSTRAP_SERVERS");
    }

    @Test
    void withoutABucketAWorkerSaysWhichSettingToLookAt() throws Exception {
        Map<String, String> environment = environment("lost");
        environment.put("DARKROOM_S3_ENDPOINT", "http://127.0.0.1:1");
        assertRefusesToStart(environment, "s3.endpoint");
        environment = environment("locked-out");
        environment.put("DARKROOM_S3_SECRET_KEY", "wrong");
        assertRefusesToStart(environment, "s3.secret-key");
    }

    private void assertRefusesToStart(Map<String, String> environment, String setting) throws Exception {
        try (WorkerProcess worker = WorkerProcess.start(directory, environment, "work")) {
            assertThat(worker.awaitExit(LIMIT)).isEqualTo(1);
            assertThat(worker.output())
                    .contains(setting)
                    .doesNotContain("\tat ")
                    .doesNotContain("secret-key=");
        }
    }

    private static Instant secondStart(List<CloudEvent> events) {
        return events.stream()
                .filter(e -> e.event() instanceof JobEvent.Started)
                .skip(1)
                .findFirst()
                .orElseThrow()
                .time();
    }

    private void assertPicturesAreThere(JobEvent.Completed completed) throws Exception {
        try (S3ResultStore bucket = stack.bucket()) {
            for (StoredImage image : completed.images()) {
                assertThat(Sha256.hex(bucket.get(image.key()))).isEqualTo(image.sha256());
            }
        }
    }

    private static String startedBy(EventLog events, String jobId) {
        JobEvent started =
                events.await(jobId, list -> !list.isEmpty(), LIMIT).get(0).event();
        return ((JobEvent.Started) started).worker();
    }

    private WorkerProcess worker(String id) throws Exception {
        return WorkerProcess.start(directory, environment(id), "work");
    }

    private WorkerProcess worker(String id, String delivery) throws Exception {
        Map<String, String> environment = environment(id);
        environment.put("DARKROOM_DELIVERY", delivery);
        if (delivery.equals("classic")) {
            environment.put("DARKROOM_KAFKA_TOPICS_PARTITIONS", "2");
            environment.put("DARKROOM_SHARE_LOCK_DURATION", SESSION.toString());
        }
        return WorkerProcess.start(directory, environment, "work");
    }

    private Map<String, String> environment(String workerId) {
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_WORKER_ID", workerId);
        return environment;
    }

    /** Some seconds of work. */
    private static String longJob(String id) {
        return "{\"id\":\"" + id + "\",\"prompt\":\"a red circle on a blue background\",\"num_inference_steps\":150,"
                + "\"num_images\":4,\"seed\":1}";
    }

    private static String shortJob(String id) {
        return "{\"id\":\"" + id + "\",\"prompt\":\"a red circle on a blue background\",\"num_inference_steps\":40}";
    }
}
