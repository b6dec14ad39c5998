package dev.darkroom.worker.intake;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** Records in memory that wait for their time, in its order; of one time, in that of their offsets. Not thread-safe. */
final class WaitingRecords {
    /** What a record takes beside its bytes, roughly. */
    private static final int OVERHEAD_BYTES = 512;

    /** A record and when it is due. */
    record Waiting(ConsumerRecord<byte[], byte[]> record, Instant due) {
        TopicPartition partition() {
            return new TopicPartition(record.topic(), record.partition());
        }

        private long bytes() {
            long headers = 0;
            for (Header header : record.headers()) {
                headers += header.key().length() + (header.value() == null ? 0 : header.value().length);
            }
            return OVERHEAD_BYTES
                    + headers
                    + Math.max(0, record.serializedKeySize())
                    + Math.max(0, record.serializedValueSize());
        }
    }

    private final int mostRecords;
    private final long mostBytes;
    private final PriorityQueue<Waiting> queue = new PriorityQueue<>(Comparator.comparing(Waiting::due)
            .thenComparingInt(waiting -> waiting.record().partition())
            .thenComparingLong(waiting -> waiting.record().offset()));
    private long bytes;

    /** Makes an empty queue that counts as full from either number on. */
    WaitingRecords(int mostRecords, long mostBytes) {
        this.mostRecords = mostRecords;
        this.mostBytes = mostBytes;
    }

    void add(Waiting waiting) {
        queue.add(waiting);
        bytes += waiting.bytes();
    }

    /** Whether no more should be read. What was read already can still be added. */
    boolean isFull() {
        return queue.size() >= mostRecords || bytes >= mostBytes;
    }

    Optional<Instant> nextDue() {
        return Optional.ofNullable(queue.peek()).map(Waiting::due);
    }

    /** Removes records whose time has come, at most so many, the first one due first. */
    List<Waiting> takeDue(Instant now, int most) {
        List<Waiting> due = new ArrayList<>();
        while (due.size() < most && nextDue().filter(time -> !time.isAfter(now)).isPresent()) {
            Waiting next = queue.remove();
            bytes -= next.bytes();
            due.add(next);
        }
        return due;
    }

    /** Removes what came from partitions that are now someone else's. */
    void forget(Collection<TopicPartition> partitions) {
        queue.removeIf(waiting -> partitions.contains(waiting.partition()));
        bytes = queue.stream().mapToLong(Waiting::bytes).sum();
    }
}
