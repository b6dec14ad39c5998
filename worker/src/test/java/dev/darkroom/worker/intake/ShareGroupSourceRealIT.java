package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.real.RealServer;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

class ShareGroupSourceRealIT extends JobSourceContract {
    @BeforeAll
    static void needsBroker() {
        RealServer.KAFKA.addressFor(ShareGroupSourceRealIT.class);
    }

    @Override
    QueueFixture queue(Duration lock) throws Exception {
        return QueueFixture.create(RealServer.KAFKA.addressFor(ShareGroupSourceRealIT.class), lock);
    }

    @Override
    JobSource source(QueueFixture queue, LanesConfig lanes) {
        return new ShareGroupSource(queue.kafka(), queue.delivery(), lanes, "test");
    }
}
