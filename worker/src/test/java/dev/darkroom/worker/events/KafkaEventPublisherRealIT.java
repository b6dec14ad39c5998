package dev.darkroom.worker.events;

import dev.darkroom.worker.real.RealServer;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;

class KafkaEventPublisherRealIT extends EventPublisherContract {
    private KafkaEvents events;

    @BeforeAll
    static void needsBroker() {
        RealServer.KAFKA.addressFor(KafkaEventPublisherRealIT.class);
    }

    @Override
    EventPublisher newPublisher() throws Exception {
        events = KafkaEvents.create(RealServer.KAFKA.addressFor(KafkaEventPublisherRealIT.class));
        return new KafkaEventPublisher(
                events.kafka(), records(events.kafka().topics().events()));
    }

    @Override
    List<Published> published(int count) {
        return events.published(count);
    }
}
