package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.events.KafkaEventPublisher;
import dev.darkroom.worker.intake.CancelRequests;
import dev.darkroom.worker.intake.ControlReader;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The commands that need a broker and a bucket, as a shell runs them: exit codes, and what they print. */
@ResourceLock(Resources.SYSTEM_OUT)
class QueueCommandsTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static TestStack stack;

    @BeforeAll
    static void open() throws Exception {
        stack = new TestStack();
        WorkerSetup.initialise(stack.config("init"));
    }

    @AfterAll
    static void close() throws Exception {
        stack.close();
    }

    /** Runs a command with the settings of the broker and the bucket, which the arguments may override. */
    private static CommandRun runOnStack(String command, String... arguments) {
        Map<String, String> environment = stack.environment();
        List<String> all = new ArrayList<>(List.of(command));
        for (Setting setting : Settings.all()) {
            String value = environment.get(setting.environmentName());
            if (value != null) {
                all.add("--set");
                all.add(setting.key() + "=" + value);
            }
        }
        all.addAll(List.of(arguments));
        return CommandRun.run(all.toArray(String[]::new));
    }

    @Test
    void aJobThatBreaksARuleIsNotSent() {
        long before = jobs();
        CommandRun run = runOnStack("submit", "--prompt", "x", "--width", "100");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("width");
        assertThat(jobs()).isEqualTo(before);
    }

    /** Records that were ever sent, by the log's end. */
    private static long jobs() {
        try (EventLog log = new EventLog(stack.bootstrapServers(), "darkroom.jobs")) {
            return log.end();
        }
    }

    @Test
    void aJobIsSentToTheLaneThatIsAskedFor() {
        CommandRun high = runOnStack("submit", "--prompt", "x", "--lane", "high");
        CommandRun none = runOnStack("submit", "--prompt", "x", "--lane", "highest");

        assertThat(high.exitCode()).as(high.err()).isZero();
        try (EventLog log = new EventLog(stack.bootstrapServers(), "darkroom.jobs.high")) {
            assertThat(log.end()).isEqualTo(1);
        }
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("--lane", "low");
    }

    @Test
    void initTellsWhatItChangedAndThenThatThereIsNothingToDo() {
        String[] names = {
            "--set", "s3.bucket=another-bucket",
            "--set", "kafka.topics.jobs=another.jobs",
            "--set", "kafka.group=another-group"
        };
        CommandRun first = runOnStack("init", names);
        CommandRun second = runOnStack("init", names);

        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).contains("created bucket another-bucket", "created topic another.jobs");
        assertThat(second.exitCode()).isZero();
        assertThat(second.lines()).singleElement().asString().startsWith("Nothing to do");
    }

    @Test
    void aSubmittedJobIsFollowedToItsEndAndCanBeWatchedAgain() throws Exception {
        try (Worker worker = Worker.start(stack.config("worker"))) {
            assertThat(worker).isNotNull();
            CommandRun submit = runOnStack(
                    "submit",
                    "--id",
                    "watched",
                    "--prompt",
                    "a red ring",
                    "--num-inference-steps",
                    "2",
                    "--watch",
                    "--json");
            assertThat(submit.exitCode()).as(submit.err()).isZero();
            assertEvents(submit, "watched");

            CommandRun watch = runOnStack("watch", "watched", "--json", "--timeout", "PT60S");
            assertThat(watch.exitCode()).as(watch.err()).isZero();
            assertEvents(watch, "watched");

            CommandRun forPeople = runOnStack("watch", "watched");
            assertThat(forPeople.exitCode()).isZero();
            assertThat(forPeople.out())
                    .contains("watched: started by worker with shapes", "completed", "s3://", "0.png");

            CommandRun id = runOnStack("submit", "--prompt", "x", "--clip-skip", "9");
            assertThat(id.exitCode()).isZero();
            assertThat(id.lines()).hasSize(1);
            CommandRun failed = runOnStack("watch", id.lines().get(0), "--timeout", "PT60S");
            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(failed.out()).contains("failed, UNSUPPORTED");
        }
    }

    private static void assertEvents(CommandRun run, String jobId) throws IOException {
        List<String> types = new ArrayList<>();
        for (String line : run.lines()) {
            JsonNode event = JSON.readTree(line);
            types.add(event.get("type").asText());
            assertThat(event.at("/data/job_id").asText()).isEqualTo(jobId);
            assertThat(event.get("time").asText()).endsWith("Z");
        }
        assertThat(types).startsWith("started").endsWith("completed");
        // Each second of its two steps there may be one that tells of them.
        assertThat(types).filteredOn(type -> !type.equals("progress")).containsExactly("started", "completed");
    }

    @Test
    void watchingAJobThatNeverEndsEndsAfterItsTimeout() {
        CommandRun run = runOnStack("watch", "nobody", "--timeout", "PT0.2S");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("nobody has not ended within PT0.2S");
    }

    @Test
    void aCancelRequestIsSentAndNotWaitedFor() throws Exception {
        CancelRequests requests = new CancelRequests();
        CommandRun run = runOnStack("cancel", "unwanted", "--reason", "sold out");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).containsExactly("unwanted: asked to be cancelled");

        try (ControlReader reader = ControlReader.start(stack.config("reader").kafka(), "reader", requests)) {
            reader.awaitReady(Duration.ofSeconds(30));
            assertThat(requests.find("unwanted")).contains(new CancelRequest("unwanted", Optional.of("sold out")));
        }
    }

    @Test
    void theEndOfACancelledJobIsWaitedFor() throws Exception {
        tell(new JobEvent.Cancelled("stopped", 1, Optional.empty(), 3));
        CommandRun cancelled = runOnStack("cancel", "stopped", "--wait", "PT60S");
        assertThat(cancelled.exitCode()).as(cancelled.err()).isZero();
        assertThat(cancelled.lines()).containsExactly("stopped: cancelled after step 3");

        tell(new JobEvent.Expired("late", 1, Optional.empty(), 0));
        CommandRun late = runOnStack("cancel", "late", "--wait", "PT60S");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.lines()).containsExactly("late: expired after step 0");

        CommandRun never = runOnStack("cancel", "never", "--wait", "PT0.2S");
        assertThat(never.exitCode()).isEqualTo(1);
        assertThat(never.lines()).containsExactly("never: asked to be cancelled, has not ended within PT0.2S");
    }

    private static void tell(JobEvent event) throws Exception {
        KafkaConfig kafka = stack.config("teller").kafka();
        EventRecords records = new EventRecords(kafka.topics().events(), "teller", Clock.systemUTC());
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(kafka, records)) {
            publisher.publish(event, TraceContext.NONE).toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }
}
