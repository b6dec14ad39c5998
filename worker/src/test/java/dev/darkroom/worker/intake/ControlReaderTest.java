package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.json.CancelCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cancel requests on a real broker. */
class ControlReaderTest {
    private static final byte[] CANCEL = ControlFixture.bytes("{\"cancel\":true}");

    @TempDir
    private static Path data;

    private static EmbeddedKafka broker;

    private ControlFixture control;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = TestBroker.start(data);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void open() {
        control = new ControlFixture(broker.bootstrapServers());
    }

    @AfterEach
    void close() {
        control.close();
    }

    @Test
    void whatWasAskedBeforeTheStartIsKnownWhenTheReaderIsReady() throws Exception {
        control.createTopic(3);
        List<String> jobs =
                IntStream.range(0, 20).mapToObj(number -> "old-" + number).toList();
        control.cancelAll(jobs);
        control.send("old-3", null);
        CancelRequest again = new CancelRequest("old-4", Optional.of("sold out"));
        control.send("old-4", CancelCodec.encode(again));

        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            assertThat(jobs.stream().filter(job -> control.requests.find(job).isEmpty()))
                    .containsExactly("old-3");
            assertThat(control.requests.find("old-4")).contains(again);
        }
    }

    @Test
    void anEmptyTopicIsReadAtOnce() throws Exception {
        control.createTopic(1);
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
        }
    }

    @Test
    void whatIsAskedWhileAJobRunsIsToldOnTheReadersThread() throws Exception {
        control.createTopic(1);
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            CompletableFuture<String> told = control.threadThatTells("running");
            control.cancel("running");
            assertThat(ControlFixture.await(told)).isEqualTo("control");

            control.send("running", null);
            control.cancel("next");
            control.awaitRequest("next");
            assertThat(control.requests.find("running")).isEmpty();
        }
    }

    /** What is measured is printed, not judged: the machine that runs tests is not quiet. */
    @Test
    void tenThousandOldRequestsAreRead() throws Exception {
        control.createTopic(1);
        List<String> jobs =
                IntStream.range(0, 10_000).mapToObj(number -> "old-" + number).toList();
        control.cancelAll(jobs);
        long start = System.nanoTime();
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertThat(jobs).allMatch(job -> control.requests.find(job).isPresent());
            System.out.println("10,000 cancel requests were read in " + took.toMillis() + " ms");
        }
    }

    @Test
    void whatIsNoRequestIsPassedOver() throws Exception {
        control.createTopic(1);
        control.send("not-json", ControlFixture.bytes("cancel it"));
        control.send("empty", new byte[0]);
        control.send("wrong-type", ControlFixture.bytes("[true]"));
        control.send("not-true", ControlFixture.bytes("{\"cancel\":\"yes\"}"));
        control.send("unknown", ControlFixture.bytes("{\"cancel\":true,\"x\":1}"));
        control.send("deep", ControlFixture.bytes("[".repeat(4000)));
        control.send("too-big", ControlFixture.bytes("{\"cancel\":true}" + " ".repeat(500_000)));
        control.send("two words", CANCEL);
        control.send("x".repeat(100_000), CANCEL);
        control.send("x".repeat(65), null);
        control.send(new ProducerRecord<>(control.topic(), null, CANCEL));
        control.send(new ProducerRecord<>(control.topic(), null, null));
        control.send(new ProducerRecord<>(control.topic(), new byte[] {-1, -2}, CANCEL));
        control.cancel("good");

        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            assertThat(control.requests.find("good")).isPresent();
            for (String job : List.of("not-json", "empty", "wrong-type", "not-true", "unknown", "deep", "too-big")) {
                assertThat(control.requests.find(job)).as(job).isEmpty();
            }
            control.cancel("another");
            control.awaitRequest("another");
        }
    }

    @Test
    void anActionThatFailsDoesNotEndTheReading() throws Exception {
        control.createTopic(1);
        control.requests.watch("a", request -> {
            throw new IllegalStateException("on purpose");
        });
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            control.cancel("a");
            control.cancel("b");
            control.awaitRequest("b");
        }
    }

    @Test
    void memoryThatIsShortForAMomentDoesNotEndTheReading() throws Exception {
        control.createTopic(1);
        control.requests.watch("a", request -> {
            throw new OutOfMemoryError("on purpose");
        });
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            control.cancel("a");
            control.cancel("b");
            control.awaitRequest("b");
        }
    }

    @Test
    void aRequestOfAnAbortedTransactionIsNone() throws Exception {
        control.createTopic(1);
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                control.topic());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(control.topic(), ControlFixture.bytes("aborted"), CANCEL))
                    .get();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(control.topic(), ControlFixture.bytes("committed"), CANCEL))
                    .get();
            producer.commitTransaction();
        }
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE); // the last record is a marker, which is never handed out
            assertThat(control.requests.find("committed")).isPresent();
            assertThat(control.requests.find("aborted")).isEmpty();
        }
    }

    @Test
    void partitionsThatAreAddedAreReadToo() throws Exception {
        control.createTopic(1);
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            control.admin
                    .createPartitions(Map.of(control.topic(), NewPartitions.increaseTo(3)))
                    .all()
                    .get();
            control.send(new ProducerRecord<>(control.topic(), 2, ControlFixture.bytes("added"), CANCEL));
            control.awaitRequest("added");
        }
    }

    @Test
    void aRequestThatWasTakenBackCancelsNothingWhenItIsReadAgain() throws Exception {
        control.createTopic(1);
        control.cancel("kept");
        control.send("kept", null);
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            CompletableFuture<String> told = control.threadThatTells("kept");
            control.admin
                    .createPartitions(Map.of(control.topic(), NewPartitions.increaseTo(2)))
                    .all()
                    .get();
            control.send(new ProducerRecord<>(control.topic(), 1, ControlFixture.bytes("added"), CANCEL));
            control.awaitRequest("added"); // all is read again
            control.send(new ProducerRecord<>(control.topic(), 0, ControlFixture.bytes("last"), CANCEL));
            control.awaitRequest("last");

            assertThat(told).isNotDone();
            assertThat(control.requests.find("kept")).isEmpty();
        }
    }

    /** Positions of the old topic would skip what the new one begins with. */
    @Test
    void aTopicThatIsMadeAnewIsReadFromItsBeginning() throws Exception {
        control.createTopic(1);
        control.cancel("old");
        try (ControlReader reader = control.read()) {
            reader.awaitReady(ControlFixture.PATIENCE);
            control.admin.deleteTopics(List.of(control.topic())).all().get();
            control.createTopic(1);
            control.cancel("first");
            control.cancel("second");
            control.awaitRequest("first");
            control.awaitRequest("second");
            assertThat(control.requests.find("old")).isPresent();
        }
    }

    @Test
    void aTopicThatIsMissingIsNamedWithItsSettingAndWaitedFor() throws Exception {
        try (ControlReader reader = control.read()) {
            assertThatThrownBy(() -> reader.awaitReady(Duration.ofMillis(500)))
                    .isInstanceOf(IntakeException.class)
                    .hasMessageContaining(control.topic())
                    .hasMessageContaining("kafka.topics.control")
                    .hasMessageContaining("PT0.5S");
            control.createTopic(1);
            control.cancel("a");
            reader.awaitReady(ControlFixture.PATIENCE);
            control.awaitRequest("a");
        }
    }

    @Test
    void closingEndsTheThreadAndKeepsWhatIsKnown() throws Exception {
        control.createTopic(1);
        control.cancel("known");
        ControlReader reader = control.read();
        reader.awaitReady(ControlFixture.PATIENCE);
        assertThat(threads()).contains("control");
        reader.close();
        reader.close();

        assertThat(threads()).doesNotContain("control");
        assertThat(control.requests.find("known")).isPresent();
    }

    @Test
    void closingDoesNotWaitForABrokerThatIsAway() {
        try (ControlFixture nowhere = new ControlFixture("127.0.0.1:1")) {
            ControlReader reader = nowhere.read();
            reader.close();
            assertThat(threads()).as("it has ended, and not been left behind").doesNotContain("control");
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }
}
