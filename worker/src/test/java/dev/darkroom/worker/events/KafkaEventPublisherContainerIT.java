package dev.darkroom.worker.events;

import dev.darkroom.worker.containers.Docker;
import dev.darkroom.worker.containers.KafkaServer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class KafkaEventPublisherContainerIT extends EventPublisherContract {
    private static Optional<KafkaServer> kafka = Optional.empty();

    private KafkaEvents events;

    @BeforeAll
    static void startBroker() {
        Docker.assumePresent(KafkaEventPublisherContainerIT.class);
        kafka = Optional.of(KafkaServer.start());
    }

    @AfterAll
    static void stopBroker() {
        kafka.ifPresent(KafkaServer::close);
    }

    @Override
    EventPublisher newPublisher() throws Exception {
        events = KafkaEvents.create(kafka.orElseThrow().bootstrapServers());
        return new KafkaEventPublisher(
                events.kafka(), records(events.kafka().topics().events()));
    }

    @Override
    List<Published> published(int count) {
        return events.published(count);
    }
}
