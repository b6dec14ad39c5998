package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.real.RealServer;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

class ConsumerGroupSourceRealIT extends JobSourceContract {
    private static final int PARTITIONS = 2;

    @BeforeAll
    static void needsBroker() {
        RealServer.KAFKA.addressFor(ConsumerGroupSourceRealIT.class);
    }

    @Override
    QueueFixture queue(Duration lock) throws Exception {
        return QueueFixture.create(
                RealServer.KAFKA.addressFor(ConsumerGroupSourceRealIT.class),
                lock,
                DeliveryConfig.Mode.CLASSIC,
                PARTITIONS,
                lane());
    }

    /** What is to be lost after the lock is lost here when the consumer has not polled for as long. */
    @Override
    JobSource source(QueueFixture queue, LanesConfig lanes) {
        return new ConsumerGroupSource(
                queue.kafka(), queue.delivery(), lanes, "test", queue.delivery().lockDuration());
    }
}
