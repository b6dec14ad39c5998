package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        Worker.initialise(stack.config("init"));
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
        assertThat(types).startsWith("started").endsWith("completed").doesNotHaveDuplicates();
    }

    @Test
    void watchingAJobThatNeverEndsEndsAfterItsTimeout() {
        CommandRun run = runOnStack("watch", "nobody", "--timeout", "PT0.2S");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("nobody has not ended within PT0.2S");
    }
}
