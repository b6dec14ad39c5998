package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.LaneProducer;
import dev.darkroom.worker.storage.S3ResultStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The commands for dead letters on a broker and a bucket, as a shell runs them. Each test has topics of its own. */
@ResourceLock(Resources.SYSTEM_OUT)
class DeadLetterCommandsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");

    private static TestStack stack;
    private static int queues;

    private final String name = "queue-" + queues++;
    private final Map<String, String> topics = Map.of(
            "kafka.topics.jobs", name,
            "kafka.topics.dead-letters", "dlq." + name,
            "kafka.group", name);

    @BeforeAll
    static void open() throws Exception {
        stack = new TestStack();
    }

    @AfterAll
    static void close() throws Exception {
        stack.close();
    }

    private WorkerConfig config() {
        return ConfigLoader.load(Optional.empty(), stack.environment(), topics, "test");
    }

    private CommandRun run(String command, String... arguments) {
        Map<String, String> environment = stack.environment();
        List<String> all = new ArrayList<>(List.of("dead-letters", command));
        for (Setting setting : Settings.all()) {
            Optional<String> value = Optional.ofNullable(topics.get(setting.key()))
                    .or(() -> Optional.ofNullable(environment.get(setting.environmentName())));
            value.ifPresent(text -> all.addAll(List.of("--set", setting.key() + "=" + text)));
        }
        all.addAll(Arrays.asList(arguments));
        return CommandRun.run(all.toArray(String[]::new));
    }

    /** A job that failed as workers fail it: the outcome in the bucket, the letter in its topic. */
    private void failed(String id, FailureCode code) throws Exception {
        String json = job(id);
        try (S3ResultStore store = stack.bucket()) {
            JobLedger ledger = new JobLedger(store, config().s3().prefix());
            ledger.claim(JobIdentity.of(bytes(json)).orElseThrow(), name + "-0@41");
            ledger.conclude(new JobEvent.Failed(id, 5, Optional.empty(), code, "it broke"));
        }
        bury(bytes(json), code, "it broke");
    }

    private void bury(byte[] value, FailureCode code, String message) throws Exception {
        List<JobRecord.Header> headers = List.of(
                new JobRecord.Header("traceparent", bytes("kept")),
                new JobRecord.Header("darkroom-origin", bytes("payments")));
        JobRecord record = new JobRecord(name, 0, 41, Optional.of(bytes("key")), value, headers, TIME, 1);
        DeadLetters letters = new DeadLetters(config().kafka().topics().deadLetters());
        try (LaneProducer producer = new LaneProducer(config().kafka(), "test")) {
            producer.write(letters.of(record, code, message, 5, DeadLetters.Extent.WHOLE));
        }
    }

    /** Its spaces are its own: a byte for byte comparison sees whether they are kept. */
    private static String job(String id) {
        return "{ \"id\":\"" + id + "\",  \"prompt\":\"a red ring\", \"num_inference_steps\":2 }";
    }

    @Test
    void whereThereAreNoneItIsSaid() throws Exception {
        CommandRun absent = run("list");
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.err()).contains("dlq." + name, "kafka.topics.dead-letters", "init");

        WorkerSetup.initialise(config());
        CommandRun none = run("list");
        assertThat(none.exitCode()).as(none.err()).isZero();
        assertThat(none.lines()).containsExactly("There are no dead letters");
        assertThat(run("list", "--json").out()).isEmpty();
        assertThat(run("show", "0@0").exitCode()).isEqualTo(1);
        assertThat(run("show", "7@0").out()).contains("no dead letter at 7@0");
        assertThat(run("send-back", "0@0").exitCode()).isEqualTo(1);
        assertThat(run("send-back", "--all").lines()).containsExactly("Sent back: 0, left: 0");
    }

    @Test
    void lettersAreListedTheNewestFirst() throws Exception {
        WorkerSetup.initialise(config());
        failed("list-1", FailureCode.INTERNAL);
        bury(bytes("{}"), FailureCode.INVALID_JOB, "id is missing");
        failed("list-3", FailureCode.UNSUPPORTED);

        CommandRun all = run("list");
        assertThat(all.exitCode()).as(all.err()).isZero();
        assertThat(all.lines()).hasSize(3);
        assertThat(all.lines().get(0))
                .startsWith("0@2  list-3  UNSUPPORTED  5  20")
                .endsWith("  " + name + "-0@41");
        assertThat(all.lines().get(1)).startsWith("0@1  -  INVALID_JOB  5");
        assertThat(all.out()).doesNotContain("red ring");
        assertThat(run("list", "--limit", "1").lines())
                .singleElement()
                .asString()
                .startsWith("0@2");
        assertThat(run("list", "--limit", "1", "--oldest-first").lines())
                .singleElement()
                .asString()
                .startsWith("0@0");

        JsonNode line = JSON.readTree(run("list", "--json").lines().get(0));
        assertThat(line.get("partition").asInt()).isZero();
        assertThat(line.get("offset").asInt()).isEqualTo(2);
        assertThat(line.get("job_id").asText()).isEqualTo("list-3");
        assertThat(line.get("code").asText()).isEqualTo("UNSUPPORTED");
        assertThat(line.get("error").asText()).isEqualTo("it broke");
        assertThat(line.at("/origin/topic").asText()).isEqualTo(name);
        assertThat(line.at("/origin/offset").asInt()).isEqualTo(41);
    }

    @Test
    void aLetterIsShownWholeAndCannotCommandTheTerminal() throws Exception {
        WorkerSetup.initialise(config());
        failed("shown", FailureCode.INTERNAL);
        bury(bytes("{\"id\": 1, \"id\": \"\u009b31m\u202e\"}"), FailureCode.INVALID_JOB, "\u001b[2J");
        bury(new byte[] {(byte) 0xff, 27}, FailureCode.INVALID_JOB, "bytes");

        CommandRun job = run("show", "0@0");
        assertThat(job.exitCode()).as(job.err()).isZero();
        assertThat(job.lines())
                .contains(
                        "position: 0@0",
                        "key: key",
                        "header traceparent: kept",
                        "header darkroom-error-code: INTERNAL",
                        "  \"prompt\" : \"a red ring\",");

        CommandRun hostile = run("show", "0@1");
        assertThat(hostile.out()).contains("\"id\" : 1", "\\u009b31m\\u202e", "\\u001b[2J");
        assertThat(hostile.out().chars().filter(c -> c != '\n' && Character.isISOControl(c)))
                .isEmpty();
        assertThat(run("show", "0@2").out()).contains("/xs= (not text: Base64)");
        assertThat(run("list").out().chars().filter(c -> c != '\n' && Character.isISOControl(c)))
                .isEmpty();
    }

    @Test
    void aLetterIsSentBackOnceByteForByte() throws Exception {
        WorkerSetup.initialise(config());
        failed("twice", FailureCode.INTERNAL);

        CommandRun first = run("send-back", "0@0");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.lines()).containsExactly("0@0 twice: sent back to " + name);
        CommandRun second = run("send-back", "0@0");
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.out()).contains("0@0 twice: left: ", "sent back before", "--force");
        assertThat(jobs()).singleElement().satisfies(job -> {
            assertThat(job.key()).isEqualTo(bytes("key"));
            assertThat(job.value()).isEqualTo(bytes(job("twice")));
            assertThat(job.headers()).extracting(Header::key).containsExactly("traceparent");
        });

        CommandRun forced = run("send-back", "--force", "0@0");
        assertThat(forced.exitCode()).as(forced.err()).isZero();
        assertThat(jobs()).hasSize(2);
    }

    @Test
    void manyAreSentBackByTheirCode() throws Exception {
        WorkerSetup.initialise(config());
        failed("many-1", FailureCode.MODEL_UNAVAILABLE);
        failed("many-2", FailureCode.INTERNAL);
        failed("many-3", FailureCode.MODEL_UNAVAILABLE);

        assertThat(run("send-back", "--code", "MODEL_UNAVAILABLE").lines())
                .containsExactly(
                        "0@0 many-1: sent back to " + name,
                        "0@2 many-3: sent back to " + name,
                        "Sent back: 2, left: 0");
        assertThat(run("send-back", "--all").lines())
                .contains("0@1 many-2: sent back to " + name)
                .endsWith("Sent back: 1, left: 2");
        assertThat(jobs()).hasSize(3);
    }

    @Test
    void wrongUseIsToldBeforeAnythingIsSent() {
        assertThat(run("send-back").exitCode()).isEqualTo(2);
        assertThat(run("send-back", "--all", "0@1").exitCode()).isEqualTo(2);
        assertThat(run("send-back", "12").err()).contains("0@12");
        assertThat(run("send-back", "--code", "BROKEN").err()).contains("MODEL_UNAVAILABLE");
        assertThat(run("list", "--limit", "0").exitCode()).isEqualTo(2);
        assertThat(CommandRun.run("dead-letters").exitCode()).isEqualTo(2);
        assertThat(CommandRun.run("dead-letters", "show", "--help").out()).contains("prompt");
    }

    /** The whole way: the job is done, though its first outcome was a failure. */
    @Test
    void aJobThatIsSentBackIsReallyDoneAgain() throws Exception {
        WorkerSetup.initialise(config());
        failed("again", FailureCode.MODEL_UNAVAILABLE);
        try (Worker worker = Worker.start(config());
                EventLog events = stack.events()) {
            assertThat(worker).isNotNull();
            assertThat(run("send-back", "0@0").exitCode()).isZero();

            List<CloudEvent> told = events.await(
                    "again", list -> list.stream().anyMatch(e -> e.event().terminal()), Duration.ofMinutes(1));

            assertThat(told.get(told.size() - 1).event()).isInstanceOf(JobEvent.Completed.class);
            assertThat(run("send-back", "--force", "0@0").out())
                    .contains("0@0 again: left: the job has ended in another way since");
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> jobs() {
        Map<String, Object> properties = config().kafka().clientProperties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(name, 0);
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
