package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one member of a consumer group. While a job runs, all partitions are paused and the member goes on polling:
 * that is what keeps it in the group, and how it learns that the job's partition goes to another.
 */
final class GroupSession implements Slot.Session {
    private static final Logger LOG = LoggerFactory.getLogger(GroupSession.class);

    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    /** Much longer than a rebalance takes. */
    private static final Duration WITHOUT_PARTITION = Duration.ofSeconds(30);

    private final Slot slot;
    private final Consumer<byte[], byte[]> consumer;
    private final Transactions transactions;
    private final AtomicReference<MemberState> told;
    private final Duration pollInterval;
    private final String topic;
    private final Object wakeLock = new Object();
    private boolean open = true;
    private MemberState state = MemberState.IDLE;
    private long uselessAtNanos = System.nanoTime() + WITHOUT_PARTITION.toNanos();
    private Optional<HeldLease> held = Optional.empty();

    /**
     * Takes consumer and transactions over.
     *
     * @param told what the consumer's assignor tells the group
     * @param pollInterval the consumer's {@code max.poll.interval.ms}
     */
    GroupSession(
            Slot slot,
            Consumer<byte[], byte[]> consumer,
            Transactions transactions,
            AtomicReference<MemberState> told,
            String topic,
            Duration pollInterval) {
        this.slot = slot;
        this.consumer = consumer;
        this.transactions = transactions;
        this.told = told;
        this.topic = topic;
        this.pollInterval = pollInterval;
        slot.interruptWith(this::interrupt);
        consumer.subscribe(List.of(topic), new Rebalances());
    }

    /** Whatever a rebalance means for the job that runs; called by the consumer within its poll. */
    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (isBusy()) {
                consumer.pause(partitions);
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            long deadline = System.nanoTime()
                    + pollInterval.multipliedBy(3).dividedBy(4).toNanos();
            while (heldIsOf(partitions)) {
                HeldLease lease = held.orElseThrow();
                slot.confirmStop();
                if (System.nanoTime() - deadline >= 0) {
                    lease.lose();
                }
                if (!isDue(lease)) {
                    slot.awaitBell(deadline);
                }
                answer(lease);
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            if (heldIsOf(partitions)) {
                held.ifPresent(HeldLease::lose);
                letGo();
            }
        }

        private boolean heldIsOf(Collection<TopicPartition> partitions) {
            return held.isPresent() && partitions.contains(partition(held.get().record()));
        }
    }

    @Override
    public boolean isBusy() {
        return held.isPresent();
    }

    @Override
    public Optional<HeldLease> take() {
        tellWhetherTaking(); // it may have been suspended only while it had a job
        warnIfUseless();
        long before = System.nanoTime();
        for (ConsumerRecord<byte[], byte[]> record : poll()) {
            if (held.isPresent()) {
                rewind(record.topic(), record.partition(), record.offset());
            } else {
                held = claim(record).map(job -> new HeldLease(job, before + pollInterval.toNanos(), slot::wake));
            }
        }
        held.ifPresent(lease -> {
            consumer.pause(consumer.assignment());
            tell(new MemberState(state.taking(), Optional.of(partition(lease.record()))));
        });
        return held;
    }

    private void warnIfUseless() {
        long now = System.nanoTime();
        if (!consumer.assignment().isEmpty()) {
            uselessAtNanos = now + WITHOUT_PARTITION.toNanos();
        } else if (now - uselessAtNanos >= 0) {
            uselessAtNanos = now + Duration.ofHours(1).toNanos();
            LOG.warn(
                    "This worker has no partition of {}: the others have all of them. It gets no job before one of them"
                            + " leaves or the topic has more partitions",
                    topic);
        }
    }

    /** Counts the delivery before it happens, so that a job that kills its workers is told by its count. */
    private Optional<JobRecord> claim(ConsumerRecord<byte[], byte[]> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.of(partition), CALL_TIMEOUT);
            int deliveries = DeliveryMark.read(committed.get(partition), record.offset()) + 1;
            consumer.commitSync(Map.of(partition, DeliveryMark.of(record.offset(), deliveries)), CALL_TIMEOUT);
            return Optional.of(JobRecord.of(record, deliveries));
        } catch (WakeupException | TimeoutException | RebalanceInProgressException | CommitFailedException e) {
            LOG.debug("A record of {} is not handed out yet", partition, e);
            rewind(record.topic(), record.partition(), record.offset());
            return Optional.empty();
        }
    }

    @Override
    public void attend() {
        HeldLease lease = held.orElseThrow();
        tellWhetherTaking();
        if (!isDue(lease)) {
            long before = System.nanoTime();
            // All partitions are paused: nothing is expected here, but what came would be lost by being passed over.
            poll().forEach(record -> rewind(record.topic(), record.partition(), record.offset()));
            lease.extend(before + pollInterval.toNanos());
        }
        held.ifPresent(this::answer);
    }

    /** A member that takes no job leaves the others all partitions but that of the job which it has. */
    private void tellWhetherTaking() {
        boolean taking = slot.isTaking();
        if (taking != state.taking()) {
            tell(new MemberState(taking, state.busy()));
            consumer.enforceRebalance(taking ? "takes jobs again" : "takes no further jobs");
        }
    }

    private boolean isDue(HeldLease lease) {
        return lease.isLost() || lease.request().isPresent() || slot.isClosing();
    }

    /** Does what is due for the lease. */
    private void answer(HeldLease lease) {
        Optional<HeldLease.Request> request = lease.request();
        if (lease.isLost()) {
            handBack(lease);
        } else if (request.isPresent() && request.get() instanceof HeldLease.Request.Conclude conclude) {
            conclude(lease, conclude.last());
        } else if (request.isPresent()) {
            handBack(lease);
            lease.settled();
        } else if (slot.isClosing()) {
            lease.lose();
            letGo();
        }
    }

    private void conclude(HeldLease lease, List<OutgoingRecord> last) {
        OffsetAndMetadata next = new OffsetAndMetadata(lease.record().offset() + 1);
        try {
            transactions.commit(last, Map.of(partition(lease.record()), next), consumer.groupMetadata());
        } catch (IntakeException e) {
            // A member that was replaced learns it in its next poll, and the lease is lost there.
            lease.refused(e);
            return;
        }
        lease.settled();
        letGo();
    }

    private void handBack(HeldLease lease) {
        JobRecord record = lease.record();
        rewind(record.topic(), record.partition(), record.offset());
        letGo();
    }

    private void letGo() {
        held = Optional.empty();
        tell(new MemberState(state.taking(), Optional.empty()));
        consumer.resume(consumer.assignment());
    }

    private void tell(MemberState now) {
        state = now;
        told.set(now);
    }

    private void rewind(String recordTopic, int partition, long offset) {
        TopicPartition from = new TopicPartition(recordTopic, partition);
        if (consumer.assignment().contains(from)) {
            consumer.seek(from, offset);
        }
    }

    private static TopicPartition partition(JobRecord record) {
        return new TopicPartition(record.topic(), record.partition());
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(POLL);
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        }
    }

    /** Ends a poll. A consumer that is closed must not be woken any more. */
    private void interrupt() {
        synchronized (wakeLock) {
            if (open) {
                consumer.wakeup();
            }
        }
    }

    /** Leaves the group, so that its partitions go to the others at once. */
    @Override
    public void close() {
        synchronized (wakeLock) {
            open = false;
        }
        held.ifPresent(HeldLease::lose);
        held = Optional.empty();
        try {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT)
                    .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
        } catch (KafkaException e) {
            LOG.warn("A consumer did not close cleanly: {}", e.toString());
        } finally {
            transactions.close();
        }
    }
}
