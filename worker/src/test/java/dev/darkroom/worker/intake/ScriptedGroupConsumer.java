package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;

/** A member of a consumer group whose polls do what a test lays out, one thing each. */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // A poll that waits must not keep the test out.
final class ScriptedGroupConsumer extends MockConsumer<byte[], byte[]> {
    static final TopicPartition FIRST = new TopicPartition("jobs", 0);
    static final TopicPartition SECOND = new TopicPartition("jobs", 1);

    private final BlockingQueue<Runnable> script = new LinkedBlockingQueue<>();
    private Optional<ConsumerRebalanceListener> listener = Optional.empty();

    ScriptedGroupConsumer() {
        super("earliest");
        updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L));
    }

    /** Within a later poll: the member is given these partitions and no others. */
    ScriptedGroupConsumer assigning(TopicPartition... partitions) {
        script.add(() -> rebalance(List.of(partitions)));
        return this;
    }

    /** Within a later poll: the group has put the member out. */
    ScriptedGroupConsumer losing(TopicPartition... partitions) {
        script.add(() -> listener.orElseThrow().onPartitionsLost(List.of(partitions)));
        return this;
    }

    /** A later poll returns a record, unless its partition is paused. */
    ScriptedGroupConsumer returning(TopicPartition partition, long offset) {
        script.add(() -> addRecord(
                new ConsumerRecord<>(partition.topic(), partition.partition(), offset, new byte[0], new byte[0])));
        return this;
    }

    ScriptedGroupConsumer then(Runnable action) {
        script.add(action);
        return this;
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener rebalances) {
        listener = Optional.of(rebalances);
        super.subscribe(topics, rebalances);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        try {
            Runnable next = script.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (next != null) {
                next.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return super.poll(Duration.ZERO);
    }

    @Override
    public void wakeup() {
        script.add(() -> {});
    }

    /** What the group has committed for a partition. */
    Optional<String> committedText(TopicPartition partition) {
        return Optional.ofNullable(committed(Set.of(partition)).get(partition))
                .map(offset -> offset.offset() + " " + offset.metadata());
    }
}
