package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.KafkaConfig;
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
 * <p>One slot is one consumer with one thread and one transactional producer, and holds one lease at a time.
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
     * @param capacity leases held at once
     * @param clientId names the clients at the broker
     */
    public ConsumerGroupSource(KafkaConfig kafka, DeliveryConfig delivery, int capacity, String clientId) {
        this(kafka, delivery, capacity, clientId, POLL_INTERVAL);
    }

    ConsumerGroupSource(
            KafkaConfig kafka, DeliveryConfig delivery, int capacity, String clientId, Duration pollInterval) {
        super(capacity, number -> slot(kafka, delivery, number, clientId + "-" + number, pollInterval));
    }

    private static Slot slot(
            KafkaConfig kafka, DeliveryConfig delivery, int number, String clientId, Duration pollInterval) {
        // Of this slot and no other: two producers of one id would end each other's transactions.
        String transactionalId = kafka.group() + "-" + clientId + "-" + UUID.randomUUID();
        String topic = kafka.topics().jobs();
        return new Slot(
                slot -> {
                    AtomicReference<MemberState> told = new AtomicReference<>(MemberState.IDLE);
                    Transactions transactions = new Transactions(() -> producer(kafka, clientId, transactionalId));
                    try {
                        return new GroupSession(
                                slot,
                                consumer(kafka, delivery, clientId, pollInterval, told),
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
                "intake-" + number);
    }

    private static Producer<byte[], byte[]> producer(KafkaConfig kafka, String clientId, String transactionalId) {
        Map<String, Object> properties = LastRecords.producerProperties(kafka, clientId);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION_TIMEOUT.toMillis());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Consumer<byte[], byte[]> consumer(
            KafkaConfig kafka,
            DeliveryConfig delivery,
            String clientId,
            Duration pollInterval,
            AtomicReference<MemberState> told) {
        Map<String, Object> properties = kafka.clientProperties();
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, kafka.group());
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
