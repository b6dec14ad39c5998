package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.worker.config.DeliveryConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker forgets the locks of share groups when it stops, and remembers the members of consumer groups. */
class BrokerRestartTest {
    @TempDir
    private Path data;

    private EmbeddedKafka running;

    @AfterEach
    void stopBroker() {
        running.close();
    }

    @Test
    void aShareGroupsJobIsLostHereAndHandedOutAgain() throws Exception {
        running = TestBroker.start(data);
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        CompletableFuture<Void> told = new CompletableFuture<>();
        try (QueueFixture queue = QueueFixture.create(running.bootstrapServers(), Duration.ofSeconds(6));
                JobSource source = new ShareGroupSource(queue.kafka(), queue.delivery(), QueueFixture.NORMAL, "test")) {
            source.start(leases::add);
            queue.produce("a");
            Lease lost = leases.poll(20, TimeUnit.SECONDS);
            lost.onLost(() -> told.complete(null));

            int port = running.port();
            running.close();
            running = EmbeddedKafka.start(data, port, TestBroker.SETTINGS);

            assertThat(told).succeedsWithin(Duration.ofSeconds(30));
            Lease again = leases.poll(60, TimeUnit.SECONDS);
            assertThat(again).as("the job, handed out again").isNotNull();
            assertThat(new String(again.record().value(), StandardCharsets.UTF_8))
                    .isEqualTo("a");
            assertThat(TestWorker.concluded(again)).isEqualTo(Lease.Settlement.SETTLED);
            assertThat(lost.conclude(List.of()).toCompletableFuture()).isCompletedWithValue(Lease.Settlement.LOST);
        }
    }

    @Test
    void aConsumerGroupsJobIsKept() throws Exception {
        running = TestBroker.start(data);
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        try (QueueFixture queue = QueueFixture.create(
                        running.bootstrapServers(),
                        Duration.ofSeconds(30),
                        DeliveryConfig.Mode.CLASSIC,
                        1,
                        Lane.NORMAL);
                JobSource source =
                        new ConsumerGroupSource(queue.kafka(), queue.delivery(), QueueFixture.NORMAL, "test")) {
            source.start(leases::add);
            queue.produce("a");
            Lease held = leases.poll(20, TimeUnit.SECONDS);

            int port = running.port();
            running.close();
            running = EmbeddedKafka.start(data, port, TestBroker.SETTINGS);

            String events = queue.kafka().topics().events();
            OutgoingRecord event = new OutgoingRecord(events, Optional.empty(), new byte[1], List.of());
            // A broker that has just begun may not know the group yet, and refuse it once.
            assertThat(TestWorker.concluded(held, event)).isEqualTo(Lease.Settlement.SETTLED);
            queue.produce("b");
            Lease next = leases.poll(20, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            assertThat(new String(next.record().value(), StandardCharsets.UTF_8))
                    .isEqualTo("b");
            assertThat(queue.read(events, 1)).hasSize(1);
        }
    }
}
