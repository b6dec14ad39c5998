package dev.darkroom.worker.intake;

import dev.darkroom.embedded.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
        return QueueFixture.create(kafka.bootstrapServers(), lock);
    }

    @Override
    JobSource source(QueueFixture queue) {
        return new ShareGroupSource(queue.kafka(), queue.delivery(), 1, "test");
    }
}
