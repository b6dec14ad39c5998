package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.LanesConfig;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Takes jobs from a classic Kafka consumer group and concludes each in one transaction with its last records. At most one
 * worker has a partition, so there must be at least as many partitions as workers.
 *
 * <p>One slot is one consumer of one lane's topic with one thread and one transactional producer, and holds one lease at a
 * time. Each lane has a group of its own: a rebalance that waits for a running job holds up that lane and no other.
 */
public final class ConsumerGroupSource extends SlotSource {
    /**
     * How long a consumer may go without a poll. A running job does not count; it is the time for which a partition that
     * goes to another member is kept until the job on it is done.
     */
    static final Duration POLL_INTERVAL = Duration.ofMinutes(5);

    private static final Duration LONGEST_HEARTBEAT_INTERVAL = Duration.ofMillis(500);
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(30);

    /**
     * Makes a source that takes nothing before {@link #start}.
     *
     * @param lanes which there are, and how many leases of each are held at once
     * @param clientId names the clients at the broker
     */
    public ConsumerGroupSource(KafkaConfig kafka, DeliveryConfig delivery, LanesConfig lanes, String clientId) {
        this(kafka, delivery, lanes, clientId, POLL_INTERVAL);
    }

    ConsumerGroupSource(
            KafkaConfig kafka, DeliveryConfig delivery, LanesConfig lanes, String clientId, Duration pollInterval) {
        super(lanes, (lane, number) -> slot(kafka, delivery, lane, number, clientId, pollInterval));
    }

    private static Slot slot(
            KafkaConfig kafka,
            DeliveryConfig delivery,
            Lane lane,
            int number,
            String workerClientId,
            Duration pollInterval) {
        String name = lane.label() + "-" + number;
        String clientId = workerClientId + "-" + name;
        // Of this slot and no other: two producers of one id would end each other's transactions.
        String transactionalId = kafka.group() + "-" + clientId + "-" + UUID.randomUUID();
        String topic = kafka.topics().jobs(lane);
        return new Slot(
                slot -> {
                    AtomicReference<MemberState> told = new AtomicReference<>(MemberState.IDLE);
                    Transactions transactions = new Transactions(() -> producer(kafka, clientId, transactionalId));
                    try {
                        return new GroupSession(
                                slot,
                                consumer(kafka, kafka.group(lane), delivery, clientId, pollInterval, told),
                                transactions,
                                told,
                                topic,
                                pollInterval);
                    } catch (RuntimeException e) {
                        transactions.close();
                        throw e;
                    }
                },
                topic,
                "intake-" + name);
    }

    private static Producer<byte[], byte[]> producer(KafkaConfig kafka, String clientId, String transactionalId) {
        Map<String, Object> properties = LastRecords.producerProperties(kafka, clientId);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION_TIMEOUT.toMillis());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Consumer<byte[], byte[]> consumer(
            KafkaConfig kafka,
            String group,
            DeliveryConfig delivery,
            String clientId,
            Duration pollInterval,
            AtomicReference<MemberState> told) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // The newer protocol leaves the assignment to the broker, which does not know who is busy, and hands over with
        // heartbeats whose interval, 5 s, is the broker's.
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, BusyFirstAssignor.class.getName());
        properties.put(BusyFirstAssignor.STATE, (Supplier<?>) told::get);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        properties.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) pollInterval.toMillis());
        long session = delivery.lockDuration().toMillis();
        properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) session);
        properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int)
                Math.min(session / 3, LONGEST_HEARTBEAT_INTERVAL.toMillis()));
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Also makes the next owner of a partition wait for a commit that is under way, instead of beginning before it.
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
