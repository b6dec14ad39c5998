package dev.darkroom.worker.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.event.TraceContext;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaEventPublisherTest extends EventPublisherContract {
    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;

    private KafkaEvents events;

    @BeforeAll
    static void startBroker() throws Exception {
        kafka = EmbeddedKafka.start(data);
    }

    @AfterAll
    static void stopBroker() {
        kafka.close();
    }

    @Override
    EventPublisher newPublisher() throws Exception {
        events = KafkaEvents.create(kafka.bootstrapServers());
        return new KafkaEventPublisher(
                events.kafka(), records(events.kafka().topics().events()));
    }

    @Override
    List<Published> published(int count) {
        return events.published(count);
    }

    @Test
    void aDeadBrokerNeitherBlocksNorPilesUp() throws Exception {
        try (BlockedProducer producer = new BlockedProducer();
                KafkaEventPublisher publisher = new KafkaEventPublisher(producer, records("events"))) {
            CompletionStage<Void> first = publisher.publish(started("job-1"), TraceContext.NONE);
            for (int i = 0; i < 5000; i++) {
                publisher.publish(progress("job-1", 1 + i % 50), TraceContext.NONE);
            }

            assertThat(publisher.dropped()).isBetween(3900L, 4999L);
            assertThat(publisher.publish(failed("job-1"), TraceContext.NONE).toCompletableFuture())
                    .isCompletedExceptionally();
            assertThat(first.toCompletableFuture()).isNotDone();
            producer.open();
            await(first);
        }
    }

    @Test
    void aRefusedEventCompletesWithTheReason() {
        MockProducer<byte[], byte[]> producer = new MockProducer<>(
                false, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
        producer.sendException = new TimeoutException("no metadata");
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(producer, records("events"))) {
            assertThatThrownBy(() -> await(publisher.publish(failed("job-1"), TraceContext.NONE)))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(EventException.class)
                    .hasMessageContaining("no metadata")
                    .hasMessageContaining("kafka.bootstrap-servers");
        }
    }

    @Test
    void anEventThatDoesNotFitTheMemoryDoesNotStopTheNextOne() throws Exception {
        AtomicInteger sends = new AtomicInteger();
        MockProducer<byte[], byte[]> producer =
                new MockProducer<>(
                        true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized Future<RecordMetadata> send(
                            ProducerRecord<byte[], byte[]> event, Callback callback) {
                        if (sends.incrementAndGet() == 1) {
                            throw new OutOfMemoryError("Java heap space");
                        }
                        return super.send(event, callback);
                    }
                };
        try (KafkaEventPublisher publisher = new KafkaEventPublisher(producer, records("events"))) {
            assertThatThrownBy(() -> await(publisher.publish(started("job-1"), TraceContext.NONE)))
                    .cause()
                    .isInstanceOf(EventException.class)
                    .hasMessageContaining("Java heap space");
            await(publisher.publish(failed("job-1"), TraceContext.NONE));
        }
    }
}
