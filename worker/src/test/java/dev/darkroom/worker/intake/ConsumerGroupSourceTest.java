package dev.darkroom.worker.intake;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class ConsumerGroupSourceTest extends JobSourceContract {
    private static final int PARTITIONS = 2;

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
        return QueueFixture.create(kafka.bootstrapServers(), lock, DeliveryConfig.Mode.CLASSIC, PARTITIONS, lane());
    }

    /** What is to be lost after the lock is lost here when the consumer has not polled for as long. */
    @Override
    JobSource source(QueueFixture queue, LanesConfig lanes) {
        return new ConsumerGroupSource(
                queue.kafka(), queue.delivery(), lanes, "test", queue.delivery().lockDuration());
    }
}
