package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Takes jobs from a Kafka share group: the broker locks each record to one worker and counts its deliveries.
 *
 * <p>One slot is one consumer of one lane's topic with one thread, and holds one lease at a time ({@link LeasedConsumer}
 * says why). Each lane has a group of its own: a member that joins while
 * others do gets its partitions 5 s later.
 */
public final class ShareGroupSource extends SlotSource {
    /** A poll that spans the time between two heartbeats keeps a member alive that waits for a lease's end. */
    private static final int LEAST_POLL_INTERVAL_MILLIS = 300_000;

    private final RecordWriter writer;

    /**
     * Makes a source that takes nothing before {@link #start}.
     *
     * @param lanes which there are, and how many leases of each are held at once
     * @param clientId names the clients at the broker
     */
    public ShareGroupSource(KafkaConfig kafka, DeliveryConfig delivery, LanesConfig lanes, String clientId) {
        this(
                kafka,
                delivery,
                lanes,
                clientId,
                new RecordWriter(new KafkaProducer<>(
                        LastRecords.producerProperties(kafka, clientId),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())));
    }

    /** The same with a writer of the last records, which it takes over. */
    ShareGroupSource(
            KafkaConfig kafka, DeliveryConfig delivery, LanesConfig lanes, String clientId, RecordWriter writer) {
        super(lanes, (lane, number) -> slot(kafka, delivery, lane, clientId, writer, lane.label() + "-" + number));
        this.writer = writer;
    }

    private static Slot slot(
            KafkaConfig kafka,
            DeliveryConfig delivery,
            Lane lane,
            String clientId,
            RecordWriter writer,
            String slotName) {
        String topic = kafka.topics().jobs(lane);
        return new Slot(
                slot -> new ShareSession(
                        slot,
                        consumer(kafka, kafka.group(lane), delivery, clientId + "-" + slotName),
                        writer,
                        topic,
                        delivery.lockDuration()),
                topic,
                "intake-" + slotName);
    }

    @Override
    public void close() {
        super.close();
        writer.close();
    }

    private static ShareConsumer<byte[], byte[]> consumer(
            KafkaConfig kafka, String group, DeliveryConfig delivery, String clientId) {
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        properties.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
        // Exactly one record a fetch: the default mode takes all of a producer's batch from the other workers.
        properties.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        properties.put(
                ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
                Math.max(
                        LEAST_POLL_INTERVAL_MILLIS,
                        Math.toIntExact(delivery.lockDuration().toMillis())));
        return new KafkaShareConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
