package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TenantWatchTest {
    private static final Duration TOPIC_CHECK = Duration.ofMillis(200);
    private static final Tenant A = new Tenant("a");
    private static final Tenant B = new Tenant("b");

    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Test
    void itBeginsWithTheFirstJobThatNamesATenantAndKnowsWhoLiesBehind() throws Exception {
        try (QueueFixture queue = queue();
                TenantWatch watch = new TenantWatch(queue.kafka(), "test", TOPIC_CHECK)) {
            send(queue, "a");
            send(queue, "b");
            assertThat(watch.behind(at(queue, 0), Tenant.NONE)).isEmpty();
            assertThat(threads()).doesNotContain("tenant-watch");

            assertThat(watch.behind(at(queue, 0), A)).isEmpty();
            await(watch, queue, 0, A, Set.of(B));
            assertThat(watch.behind(at(queue, 0), B)).isEmpty();
            assertThat(watch.behind(at(queue, 1), A)).isEmpty();

            send(queue, "b");
            await(watch, queue, 1, A, Set.of(B));
            send(queue, "c".repeat(101));
            await(watch, queue, 2, A, Set.of(Tenant.NONE));
        }
        assertThat(threads()).doesNotContain("tenant-watch");
    }

    /** What lay far back in the old topic would be behind everything in the new one. */
    @Test
    void aTopicThatIsMadeAnewIsAnotherOne() throws Exception {
        try (QueueFixture queue = queue();
                TenantWatch watch = new TenantWatch(queue.kafka(), "test", TOPIC_CHECK);
                Admin admin = Admin.create(queue.kafka().clientProperties())) {
            send(queue, "a");
            send(queue, "b");
            await(watch, queue, 0, A, Set.of(B));
            String lane = queue.kafka().topics().jobs();
            admin.deleteTopics(List.of(lane)).all().get();
            admin.createTopics(List.of(new NewTopic(lane, 1, (short) 1))).all().get();

            await(watch, queue, 0, A, Set.of());
        }
    }

    private static QueueFixture queue() throws IntakeException {
        return QueueFixture.create(kafka.bootstrapServers(), Duration.ofSeconds(30));
    }

    private static void send(QueueFixture queue, String tenant) throws Exception {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(queue.kafka().topics().jobs(), new byte[1]);
        record.headers().add(Tenant.HEADER, tenant.getBytes(StandardCharsets.UTF_8));
        queue.produce(record);
    }

    private static void await(TenantWatch watch, QueueFixture queue, long offset, Tenant tenant, Set<Tenant> behind) {
        while (!watch.behind(at(queue, offset), tenant).equals(behind)) {
            Thread.onSpinWait(); // the test's own time is the bound
        }
    }

    private static JobRecord at(QueueFixture queue, long offset) {
        return new JobRecord(
                queue.kafka().topics().jobs(), 0, offset, Optional.empty(), new byte[0], List.of(), Instant.EPOCH, 1);
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }
}
