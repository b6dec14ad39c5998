package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits a job's last records and its offset in one transaction. A transaction is open only for the length of a call:
 * an open one hides from careful readers ({@code isolation.level=read_committed}) everything behind it, other jobs'
 * events too. Belongs to one thread.
 */
final class Transactions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private Optional<Producer<byte[], byte[]>> producer = Optional.empty();

    /**
     * Connects.
     *
     * @param producers makes producers of one transactional id; a new one ends what the one before left open
     * @throws KafkaException when no broker answers
     */
    Transactions(Supplier<Producer<byte[], byte[]>> producers) {
        this.producers = producers;
        ready();
    }

    private Producer<byte[], byte[]> ready() {
        if (producer.isEmpty()) {
            Producer<byte[], byte[]> made = producers.get();
            producer = Optional.of(made);
            try {
                made.initTransactions();
            } catch (KafkaException e) {
                discard(made);
                throw e;
            }
        }
        return producer.get();
    }

    /**
     * Commits, and waits for it.
     *
     * @param group as the consumer knows it now: brokers refuse the offsets of one that was replaced
     * @throws IntakeException when nothing was committed; it may be tried again
     * @throws KafkaException when it is not certain whether all was committed or nothing
     */
    void commit(
            List<OutgoingRecord> records, Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group)
            throws IntakeException {
        Producer<byte[], byte[]> current;
        try {
            current = ready();
            current.beginTransaction();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            // One that cannot begin now never will.
            producer.ifPresent(this::discard);
            throw LastRecords.failure(e);
        }
        try {
            write(current, records);
            current.sendOffsetsToTransaction(offsets, group);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            abort(current);
            throw LastRecords.failure(e);
        } catch (IntakeException e) {
            abort(current);
            throw e;
        }
        current.commitTransaction();
    }

    private static void write(Producer<byte[], byte[]> producer, List<OutgoingRecord> records) throws IntakeException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (OutgoingRecord record : records) {
            sent.add(producer.send(record.forProducer()));
        }
        for (int i = 0; i < sent.size(); i++) {
            try {
                // Bounded by the producer's own delivery timeout.
                sent.get(i).get();
            } catch (ExecutionException e) {
                throw LastRecords.failure(records.get(i), e.getCause() instanceof Exception cause ? cause : e);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
    }

    private void abort(Producer<byte[], byte[]> current) {
        try {
            current.abortTransaction();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.info("A transaction is left to the brokers, which abort it: {}", e.toString());
            discard(current);
        }
    }

    private void discard(Producer<byte[], byte[]> current) {
        producer = Optional.empty();
        current.close(Duration.ZERO);
    }

    @Override
    public void close() {
        producer.ifPresent(current -> current.close(LastRecords.CLOSE_TIMEOUT));
        producer = Optional.empty();
    }
}
