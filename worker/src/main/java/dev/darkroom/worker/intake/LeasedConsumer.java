package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A share consumer that holds one record at a time. Belongs to one thread.
 *
 * <p>A renewal has three acts, in this order only: {@code acknowledge(RENEW)}, {@code commitSync()}, {@code poll()}
 * until the record is returned. A poll while a record is unacknowledged is refused by the client, and a poll before the
 * commit is an ordinary fetch that acquires another worker's job. That is also why one consumer holds one record: to
 * fetch a second one it would have to renew the first, and the broker's verdict on an acknowledgement is per partition,
 * not per record.
 *
 * <p>The verdict is in the map that {@code commitSync} returns, nothing is thrown: any error there means that the
 * broker did not, or may not have, agreed.
 */
final class LeasedConsumer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedConsumer.class);

    /** An idle loop looks this often whether it is to stop; a new record ends a poll at once. */
    private static final Duration IDLE_POLL = Duration.ofMillis(100);

    private static final Duration NEXT_TAKE_BACK_POLL = Duration.ofMillis(20);
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(10);
    static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final ShareConsumer<byte[], byte[]> consumer;
    private Duration lock;
    /** The held record as the last poll returned it; the client accepts an acknowledgement for no other. */
    private Optional<ConsumerRecord<byte[], byte[]>> current = Optional.empty();

    /** Takes the consumer over; {@code lock} is what is assumed until the broker says otherwise. */
    LeasedConsumer(ShareConsumer<byte[], byte[]> consumer, String topic, Duration lock) {
        this.consumer = consumer;
        this.lock = lock;
        consumer.subscribe(List.of(topic));
    }

    /** How long the broker locks a record. */
    Duration lock() {
        return lock;
    }

    /** Waits a moment for a record. Nothing may be held. */
    Optional<ConsumerRecord<byte[], byte[]>> take() {
        Optional<ConsumerRecord<byte[], byte[]>> first = Optional.empty();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(IDLE_POLL)) {
            if (first.isEmpty()) {
                first = Optional.of(record);
            } else {
                release(record);
            }
        }
        current = first;
        if (first.isPresent()) {
            consumer.acquisitionLockTimeoutMs().ifPresent(millis -> lock = Duration.ofMillis(millis));
        }
        return first;
    }

    /** Tells the broker what became of the held record and returns whether it agreed. */
    boolean settle(AcknowledgeType type) {
        ConsumerRecord<byte[], byte[]> held = current.orElseThrow();
        consumer.acknowledge(held, type);
        var verdicts = consumer.commitSync(commitTimeout());
        boolean agreed = !verdicts.isEmpty();
        for (Optional<KafkaException> verdict : verdicts.values()) {
            if (verdict.isPresent()) {
                LOG.info(
                        "{} of {} was refused: {}",
                        type,
                        position(held),
                        verdict.get().toString());
                agreed = false;
            }
        }
        return agreed;
    }

    /** Extends the lock of the held record; false when it is lost. */
    boolean renew() {
        return settle(AcknowledgeType.RENEW) && takeBack(current.orElseThrow());
    }

    /** Polls until the renewed record is returned. A record of someone else's that comes along goes straight back. */
    private boolean takeBack(ConsumerRecord<byte[], byte[]> renewed) {
        long deadline = System.nanoTime() + commitTimeout().toNanos();
        Duration wait = Duration.ZERO;
        current = Optional.empty();
        do {
            List<ConsumerRecord<byte[], byte[]>> strangers = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
                if (position(record).equals(position(renewed))) {
                    current = Optional.of(record);
                } else {
                    strangers.add(record);
                }
            }
            if (!strangers.isEmpty()) {
                LOG.debug("The renewal of {} also acquired {} records", position(renewed), strangers.size());
                strangers.forEach(this::release);
                consumer.commitSync(commitTimeout());
            }
            wait = NEXT_TAKE_BACK_POLL;
        } while (current.isEmpty() && System.nanoTime() - deadline < 0);
        return current.isPresent();
    }

    /** Marks the held record as handed back; the broker hears of it with the next commit or the close. */
    void release() {
        release(current.orElseThrow());
    }

    private void release(ConsumerRecord<byte[], byte[]> record) {
        consumer.acknowledge(record, AcknowledgeType.RELEASE);
    }

    private static String position(ConsumerRecord<byte[], byte[]> record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }

    /** A broker that does not answer within a third of the lock leaves no time for a second try. */
    private Duration commitTimeout() {
        Duration third = lock.dividedBy(3);
        return third.compareTo(LONGEST_COMMIT) < 0 ? third : LONGEST_COMMIT;
    }

    /** Sends what is marked, hands back whatever else was acquired, and ends within a bounded time. */
    @Override
    public void close() {
        try {
            consumer.close(CLOSE_TIMEOUT);
        } catch (KafkaException e) {
            LOG.warn("A consumer did not close cleanly: {}", e.toString());
        }
    }
}
