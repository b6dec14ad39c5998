package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShareGroupSourceTest extends JobSourceContract {
    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = TestBroker.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Override
    QueueFixture queue(Duration lock) throws Exception {
        return QueueFixture.create(kafka.bootstrapServers(), lock, DeliveryConfig.Mode.SHARE, 1, lane());
    }

    @Override
    JobSource source(QueueFixture queue, LanesConfig lanes) {
        return new ShareGroupSource(queue.kafka(), queue.delivery(), lanes, "test");
    }

    @Test
    void aLaneThatIsWidenedHoldsMoreLeases() throws Exception {
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        try (QueueFixture queue = queue(MIDDLE);
                JobSource source =
                        new ShareGroupSource(queue.kafka(), queue.delivery(), new LanesConfig(1, 0, 1, 0), "test")) {
            source.widen(Lane.NORMAL, 5); // not started yet: of no effect
            source.start(leases::add);
            List<String> jobs = List.of("a", "b", "c", "d");
            for (String job : jobs) {
                queue.produce(Lane.NORMAL, job);
            }
            Lease first = TestWorker.next(leases);
            source.widen(Lane.HIGH, 2); // no job is taken from it
            source.widen(Lane.NORMAL, 3);
            source.widen(Lane.NORMAL, 2);
            List<Lease> held = List.of(first, TestWorker.next(leases), TestWorker.next(leases));
            assertThat(leases).isEmpty();

            source.suspend();
            source.widen(Lane.NORMAL, 4); // it waits like the others
            var unused = held.get(1).release();
            source.resume();
            List<String> taken = new ArrayList<>(List.of(
                    TestWorker.value(first),
                    TestWorker.value(held.get(2)),
                    TestWorker.value(TestWorker.next(leases)),
                    TestWorker.value(TestWorker.next(leases))));
            assertThat(taken).containsExactlyInAnyOrderElementsOf(jobs);

            source.stopTaking();
            source.widen(Lane.NORMAL, 9);
        }
    }

    @Test
    void eachSlotHoldsALease() throws Exception {
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        try (QueueFixture queue = queue(MIDDLE);
                JobSource source =
                        new ShareGroupSource(queue.kafka(), queue.delivery(), new LanesConfig(3, 0, 1, 0), "test")) {
            source.start(leases::add);
            for (String job : List.of("a", "b", "c")) {
                queue.produce(Lane.NORMAL, job);
            }

            List<Lease> held = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                held.add(leases.poll(20, TimeUnit.SECONDS));
            }

            assertThat(held)
                    .doesNotContainNull()
                    .extracting(lease -> lease.record().offset())
                    .containsExactlyInAnyOrder(0L, 1L, 2L);
        }
    }

    @Test
    void aSourceThatNeverStartedCloses() throws Exception {
        try (QueueFixture queue = queue(Duration.ofSeconds(30))) {
            JobSource source = source(queue);
            source.stopTaking();

            source.close();

            assertThat(source.ended()).succeedsWithin(Duration.ofSeconds(1));
        }
    }
}
