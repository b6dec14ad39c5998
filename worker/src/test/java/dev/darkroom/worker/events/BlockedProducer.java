package dev.darkroom.worker.events;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer whose sends block, as they do while no broker answers, until it is opened. */
final class BlockedProducer extends MockProducer<byte[], byte[]> {
    private final CountDownLatch opened = new CountDownLatch(1);

    BlockedProducer() {
        super(true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    void open() {
        opened.countDown();
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // It must not block whoever closes the producer.
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        try {
            opened.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return super.send(record, callback);
    }
}
