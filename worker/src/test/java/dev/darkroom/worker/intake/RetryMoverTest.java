package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetryMoverTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final InstantSource clock = now::get;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Test
    void memoryThatIsShortForAMomentDoesNotEndTheMoving() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        InstantSource shortOnce = () -> {
            if (looks.incrementAndGet() == 1) {
                throw new OutOfMemoryError("on purpose");
            }
            return START;
        };
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", shortOnce)) {
            assertThat(mover).isNotNull();
            queue.send("due", START);
            assertThat(queue.awaitValues(1)).containsExactly("due");
        }
    }

    @Test
    void aJobComesBackAsItWas() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", clock)) {
            assertThat(mover).isNotNull();
            byte[] value = {(byte) 0xff, 0, (byte) 0xc3, 0x28};
            ProducerRecord<byte[], byte[]> retry = queue.waiting(value, START);
            retry.headers().add("traceparent", bytes("kept")).add("empty", null);
            queue.send(retry);

            ConsumerRecord<byte[], byte[]> back = queue.awaitBack(1).get(0);

            assertThat(back.key()).isEqualTo(bytes("key"));
            assertThat(back.value()).isEqualTo(value);
            assertThat(RetryQueue.headers(back))
                    .containsExactly("darkroom-attempt=3", "traceparent=kept", "empty=null");
        }
    }

    @Test
    void eachJobComesBackAtItsOwnTime() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", clock)) {
            assertThat(mover).isNotNull();
            queue.send("ten minutes", START.plusSeconds(600));
            queue.send("half a minute", START.plusSeconds(30));
            queue.send("five seconds", START.plusSeconds(5));
            queue.send("now", START);

            assertThat(queue.awaitValues(1)).containsExactly("now");
            now.set(START.plusSeconds(5));
            assertThat(queue.awaitValues(2)).endsWith("five seconds");
            now.set(START.plusSeconds(30));
            assertThat(queue.awaitValues(3)).endsWith("half a minute");
            now.set(START.plusSeconds(600));
            assertThat(queue.awaitValues(4)).endsWith("ten minutes");
        }
    }

    @Test
    void aJobIsBackSoonAfterItsTime() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", InstantSource.system())) {
            assertThat(mover).isNotNull();
            queue.send("before", Instant.now());
            queue.awaitBack(1);
            Instant due = Instant.now().plusMillis(500);
            queue.send("job", due);

            Instant back = Instant.ofEpochMilli(queue.awaitBack(2).get(1).timestamp());

            // Within 200 ms on a machine that has nothing else to do. Whoever did not look by itself would take for
            // ever.
            assertThat(Duration.between(due.truncatedTo(ChronoUnit.MILLIS), back))
                    .isBetween(Duration.ZERO, Duration.ofSeconds(20));
        }
    }

    @Test
    void whatCannotBeReadComesBackAtOnce() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers());
                RetryMover mover = RetryMover.start(queue.kafka(), "test", clock)) {
            assertThat(mover).isNotNull();
            ProducerRecord<byte[], byte[]> strange =
                    new ProducerRecord<>(queue.kafka().topics().retry(), bytes("strange"));
            strange.headers()
                    .add("darkroom-attempt", bytes("banana"))
                    .add("darkroom-not-before", bytes("tomorrow"))
                    .add("darkroom-origin", bytes("payments"));
            queue.send(strange);
            queue.send(new ProducerRecord<>(queue.kafka().topics().retry(), null));

            List<ConsumerRecord<byte[], byte[]>> back = queue.awaitBack(2);

            assertThat(RetryQueue.headers(back.get(0))).containsExactly("darkroom-attempt=banana");
            assertThat(back.get(1).value()).isNull();
            assertThat(back.get(1).key()).isNull();
        }
    }

    /** One job waits for ten minutes, and those behind it have long gone: the next owner must not move them again. */
    @Test
    void aNewOwnerMovesNothingTwice() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers())) {
            try (RetryMover first = RetryMover.start(queue.kafka(), "first", clock)) {
                assertThat(first).isNotNull();
                queue.send("late", START.plusSeconds(600));
                for (int i = 0; i < 50; i++) {
                    queue.send("early " + i, START);
                }
                queue.awaitBack(50);
            }
            try (RetryMover second = RetryMover.start(queue.kafka(), "second", clock)) {
                assertThat(second).isNotNull();
                queue.send("last", START);
                assertThat(queue.awaitValues(51)).endsWith("last");
                now.set(START.plusSeconds(600));
                assertThat(queue.awaitValues(52)).endsWith("late").doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void moversShareThePartitionsAndMoveEachJobOnce() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers(), 4);
                RetryMover first = RetryMover.start(queue.kafka(), "first", clock)) {
            assertThat(first).isNotNull();
            for (int i = 0; i < 40; i++) {
                queue.send(i % 4, "early " + i, START);
                queue.send(i % 4, "late " + i, START.plusSeconds(60));
            }
            queue.awaitBack(40);
            try (RetryMover second = RetryMover.start(queue.kafka(), "second", clock)) {
                assertThat(second).isNotNull();
                queue.awaitMembers(Set.of("first-retry", "second-retry"));
                now.set(START.plusSeconds(60));

                assertThat(queue.awaitValues(80))
                        .doesNotHaveDuplicates()
                        .containsAll(IntStream.range(0, 40)
                                .mapToObj(i -> "late " + i)
                                .toList());
            }
        }
    }

    @Test
    void aJobForWhichItsTopicBecameTooSmallLosesItsHeadersOrBecomesADeadLetter() throws Exception {
        try (RetryQueue queue = new RetryQueue(kafka.bootstrapServers())) {
            ConfigResource topic = new ConfigResource(
                    ConfigResource.Type.TOPIC, queue.kafka().topics().jobs());
            AlterConfigOp small =
                    new AlterConfigOp(new ConfigEntry("max.message.bytes", "1000"), AlterConfigOp.OpType.SET);
            try (ClusterAdmin cluster = ClusterAdmin.connect(queue.kafka())) {
                cluster.await(
                        admin -> admin.incrementalAlterConfigs(Map.of(topic, List.of(small)))
                                .all(),
                        "shrink the topic");
            }
            ProducerRecord<byte[], byte[]> large = queue.waiting(bytes("job"), START);
            large.headers().add("large", new byte[2000]);
            queue.send(large);
            queue.send(queue.waiting(new byte[2000], START));
            queue.send("next", START);
            try (RetryMover mover = RetryMover.start(queue.kafka(), "test", clock)) {
                assertThat(mover).isNotNull();
                List<ConsumerRecord<byte[], byte[]>> back = queue.awaitBack(2);

                assertThat(queue.awaitValues(2)).containsExactlyInAnyOrder("job", "next");
                ConsumerRecord<byte[], byte[]> letter = queue.awaitLetter();
                assertThat(letter.value()).isEqualTo(new byte[2000]);
                assertThat(RetryQueue.headers(letter))
                        .contains("darkroom-error-code=INTERNAL", "darkroom-attempt=3")
                        .anyMatch(header -> header.startsWith("darkroom-error=")
                                && header.contains(queue.kafka().topics().jobs())
                                && header.contains("max.message.bytes"));
                assertThat(back.stream().filter(record -> record.value().length == 3))
                        .singleElement()
                        .satisfies(job -> assertThat(RetryQueue.headers(job)).containsExactly("darkroom-attempt=3"));
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
