package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.containers.Docker;
import dev.darkroom.worker.containers.KafkaServer;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class ShareGroupSourceContainerIT extends JobSourceContract {
    private static Optional<KafkaServer> kafka = Optional.empty();

    @BeforeAll
    static void startBroker() {
        Docker.assumePresent(ShareGroupSourceContainerIT.class);
        kafka = Optional.of(KafkaServer.start());
    }

    @AfterAll
    static void stopBroker() {
        kafka.ifPresent(KafkaServer::close);
    }

    @Override
    QueueFixture queue(Duration lock) throws Exception {
        return QueueFixture.create(kafka.orElseThrow().bootstrapServers(), lock);
    }

    @Override
    JobSource source(QueueFixture queue, LanesConfig lanes) {
        return new ShareGroupSource(queue.kafka(), queue.delivery(), lanes, "test");
    }
}
