package dev.darkroom.worker.intake;

import static dev.darkroom.worker.intake.ScriptedGroupConsumer.FIRST;
import static dev.darkroom.worker.intake.ScriptedGroupConsumer.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a slot asks of a member of a consumer group; what brokers make of it is the contract suite's. */
@Timeout(30)
class GroupSlotTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final OutgoingRecord EVENT = new OutgoingRecord("events", Optional.empty(), new byte[1], List.of());

    private final MockProducer<byte[], byte[]> producer = producer();
    private final AtomicReference<MemberState> told = new AtomicReference<>(MemberState.IDLE);
    private final BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
    private final List<Slot> slots = new ArrayList<>();

    @AfterEach
    void closeSlots() {
        slots.forEach(Slot::requestClose);
        slots.forEach(Slot::awaitEnd);
    }

    @Test
    void aJobIsConcludedInOneTransactionWithItsOffset() throws Exception {
        start(LONG, new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4));

        assertThat(conclude(next())).isEqualTo(Lease.Settlement.SETTLED);

        assertThat(producer.history())
                .singleElement()
                .satisfies(record -> assertThat(record.topic()).isEqualTo("events"));
        assertThat(producer.consumerGroupOffsetsHistory().get(0).values())
                .singleElement()
                .satisfies(offsets -> assertThat(offsets.get(FIRST).offset()).isEqualTo(5));
        assertThat(producer.commitCount()).isEqualTo(1);
    }

    @Test
    void aDeliveryIsCountedBeforeItHappens() throws Exception {
        ScriptedGroupConsumer consumer = new ScriptedGroupConsumer().assigning(FIRST);
        consumer.then(() -> consumer.commitSync(Map.of(FIRST, DeliveryMark.of(4, 2))))
                .returning(FIRST, 4);
        start(LONG, consumer);

        assertThat(next().record().deliveryCount()).isEqualTo(3);
        assertThat(consumer.committedText(FIRST)).contains("4 deliveries=3");
    }

    @Test
    void aPartitionThatComesWhileAJobRunsWaits() throws Exception {
        CompletableFuture<Void> added = new CompletableFuture<>();
        start(
                LONG,
                new ScriptedGroupConsumer()
                        .assigning(FIRST)
                        .returning(FIRST, 4)
                        .assigning(FIRST, SECOND)
                        .returning(SECOND, 7)
                        .then(() -> added.complete(null)));
        Lease lease = next();
        added.get(20, TimeUnit.SECONDS);

        assertThat(leases).isEmpty();
        assertThat(told.get()).isEqualTo(new MemberState(true, Optional.of(FIRST)));
        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(next().record().offset()).isEqualTo(7);
    }

    @Test
    void aPartitionThatGoesAwayIsKeptUntilItsJobIsConcluded() throws Exception {
        ScriptedGroupConsumer consumer =
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4);
        start(LONG, consumer);
        Lease lease = next();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        consumer.assigning(SECOND).then(() -> gone.complete(null));

        CompletableFuture<Lease.Settlement> concluded =
                lease.conclude(List.of(EVENT)).toCompletableFuture();

        assertThat(concluded.get(20, TimeUnit.SECONDS)).isEqualTo(Lease.Settlement.SETTLED);
        gone.get(20, TimeUnit.SECONDS);
        assertThat(lease.isLost()).isFalse();
        assertThat(producer.commitCount()).isEqualTo(1);
    }

    /** The worker's grace period begins when the slot has stopped, and ends with the job being handed back. */
    @Test
    void aSlotStopsAtOnceThoughAPartitionIsKeptForItsJob() throws Exception {
        CompletableFuture<Void> leaving = new CompletableFuture<>();
        ScriptedGroupConsumer consumer =
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4);
        consumer.then(() -> leaving.complete(null)).assigning(SECOND);
        Slot slot = start(LONG, consumer);
        Lease lease = next();
        leaving.get(20, TimeUnit.SECONDS);

        slot.stopTaking().get(20, TimeUnit.SECONDS);

        assertThat(lease.release().toCompletableFuture().get(20, TimeUnit.SECONDS))
                .isEqualTo(Lease.Settlement.SETTLED);
        slot.ended().get(20, TimeUnit.SECONDS);
    }

    @Test
    void aPartitionIsNotKeptForEver() throws Exception {
        start(
                Duration.ofSeconds(2),
                new ScriptedGroupConsumer()
                        .assigning(FIRST)
                        .returning(FIRST, 4)
                        .assigning(SECOND)
                        .returning(SECOND, 7));
        Lease lease = next();
        CompletableFuture<Void> lost = new CompletableFuture<>();
        lease.onLost(() -> lost.complete(null));

        lost.get(20, TimeUnit.SECONDS);
        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.LOST);
        assertThat(next().record().offset()).isEqualTo(7);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void aMemberThatIsPutOutLosesItsJobAtOnce() throws Exception {
        start(
                LONG,
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4).losing(FIRST));
        Lease lease = next();
        CompletableFuture<Void> lost = new CompletableFuture<>();
        lease.onLost(() -> lost.complete(null));

        lost.get(20, TimeUnit.SECONDS);
        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.LOST);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void aRefusedOffsetAbortsAndTheJobMayBeConcludedAgain() throws Exception {
        start(LONG, new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4));
        Lease lease = next();
        producer.sendOffsetsToTransactionException = new CommitFailedException("rebalancing");

        assertThatThrownBy(() -> conclude(lease)).hasCauseInstanceOf(IntakeException.class);

        assertThat(producer.transactionAborted()).isTrue();
        assertThat(lease.isLost()).isFalse();
        producer.sendOffsetsToTransactionException = null;
        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void aProducerThatCannotAbortIsReplaced() throws Exception {
        MockProducer<byte[], byte[]> replacement = producer();
        start(
                LONG,
                new LinkedBlockingQueue<>(List.of(producer, replacement)),
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4));
        Lease lease = next();
        producer.sendOffsetsToTransactionException = new ProducerFencedException("fenced");
        producer.abortTransactionException = new ProducerFencedException("fenced");

        assertThatThrownBy(() -> conclude(lease)).hasCauseInstanceOf(IntakeException.class);

        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(replacement.commitCount()).isEqualTo(1);
        assertThat(producer.closed()).isTrue();
    }

    @Test
    void aProducerThatCannotBeginIsReplaced() throws Exception {
        MockProducer<byte[], byte[]> replacement = producer();
        start(
                LONG,
                new LinkedBlockingQueue<>(List.of(producer, replacement)),
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4));
        Lease lease = next();
        producer.fenceProducer();

        assertThatThrownBy(() -> conclude(lease)).hasCauseInstanceOf(IntakeException.class);

        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(replacement.commitCount()).isEqualTo(1);
    }

    @Test
    void aCommitInDoubtLosesTheLeaseAndReplacesTheMember() throws Exception {
        ScriptedGroupConsumer broken =
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4);
        start(
                LONG,
                new LinkedBlockingQueue<>(List.of(producer, producer())),
                broken,
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 5));
        Lease lease = next();
        producer.commitTransactionException = new TimeoutException("no answer");

        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.LOST);

        assertThat(next().record().offset()).isEqualTo(5);
        assertThat(broken.closed()).isTrue();
    }

    @Test
    void aStoppedSlotTellsItsGroupAndFinishesItsJob() throws Exception {
        ScriptedGroupConsumer consumer =
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4);
        Slot slot = start(LONG, consumer);
        Lease lease = next();

        slot.stopTaking().get(20, TimeUnit.SECONDS);

        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        slot.ended().get(20, TimeUnit.SECONDS);
        assertThat(consumer.shouldRebalance()).isTrue();
        assertThat(told.get().taking()).isFalse();
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void aSuspendedSlotLeavesTheOthersItsPartitionsAndAsksForSomeWhenItResumes() throws Exception {
        CompletableFuture<Void> suspended = new CompletableFuture<>();
        CompletableFuture<Void> resumed = new CompletableFuture<>();
        ScriptedGroupConsumer consumer =
                new ScriptedGroupConsumer().assigning(FIRST).returning(FIRST, 4);
        Slot slot = start(LONG, consumer);
        Lease lease = next();

        slot.suspend();
        consumer.then(() -> {}).then(() -> suspended.complete(null));
        suspended.get(20, TimeUnit.SECONDS);
        assertThat(told.get()).isEqualTo(new MemberState(false, Optional.of(FIRST)));
        assertThat(consumer.shouldRebalance()).isTrue();

        slot.resume();
        consumer.then(() -> {}).then(() -> resumed.complete(null));
        resumed.get(20, TimeUnit.SECONDS);
        assertThat(told.get()).isEqualTo(new MemberState(true, Optional.of(FIRST)));
        assertThat(conclude(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(consumer.closed()).isFalse();
    }

    private Slot start(Duration pollInterval, ScriptedGroupConsumer consumer) {
        return start(pollInterval, new LinkedBlockingQueue<>(List.of(producer)), consumer);
    }

    private Slot start(
            Duration pollInterval,
            BlockingQueue<MockProducer<byte[], byte[]>> producers,
            ScriptedGroupConsumer... consumers) {
        BlockingQueue<ScriptedGroupConsumer> queue = new LinkedBlockingQueue<>(List.of(consumers));
        Slot started = new Slot(
                slot -> new GroupSession(
                        slot, queue.remove(), new Transactions(producers::remove), told, "jobs", pollInterval),
                "jobs",
                "group-slot-test");
        slots.add(started);
        started.start(leases::add);
        return started;
    }

    private Lease next() throws InterruptedException {
        Lease lease = leases.poll(20, TimeUnit.SECONDS);
        assertThat(lease).as("a lease within 20 s").isNotNull();
        return lease;
    }

    private static Lease.Settlement conclude(Lease lease) throws Exception {
        return lease.conclude(List.of(EVENT)).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static MockProducer<byte[], byte[]> producer() {
        return new MockProducer<>(
                true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
    }
}
