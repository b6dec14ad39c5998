package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a slot asks of a consumer, call by call; what a broker makes of it is the contract suite's. */
class ShareSlotTest {
    private static final Duration RENEWED_EACH_SECOND = Duration.ofSeconds(3);

    private static final OutgoingRecord EVENT = new OutgoingRecord("events", Optional.empty(), new byte[1], List.of());

    private final BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
    private final MockProducer<byte[], byte[]> producer = new MockProducer<>(
            false, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
    private final RecordWriter writer = new RecordWriter(producer);
    private final List<Slot> loops = new ArrayList<>();

    @AfterEach
    void closeLoops() {
        loops.forEach(Slot::requestClose);
        loops.forEach(Slot::awaitEnd);
        writer.close();
    }

    @Test
    void aRenewalCommitsBeforeItPolls() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        start(RENEWED_EACH_SECOND, consumer);

        Lease lease = next();

        assertThat(List.of(consumer.next(), consumer.next())).containsExactly("renew 4", "commit");
        lease.conclude(List.of());
        assertThat(List.of(consumer.nextButRenewals(), consumer.next())).containsExactly("accept 4", "commit");
    }

    @Test
    void aStrangerInARenewalGoesStraightBack() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L).returning(5L);
        start(RENEWED_EACH_SECOND, consumer);

        Lease lease = next();

        assertThat(List.of(consumer.next(), consumer.next(), consumer.next(), consumer.next()))
                .containsExactly("renew 4", "commit", "release 5", "commit");
        assertThat(settle(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(leases).isEmpty();
    }

    @Test
    void aRefusedRenewalLosesTheLeaseAndTheLoopGoesOn() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer()
                .returning(4L)
                .refusing(new InvalidRecordStateException("not yours"))
                .returning(7L);
        CompletableFuture<Void> told = new CompletableFuture<>();
        start(RENEWED_EACH_SECOND, consumer);
        Lease lease = next();

        lease.onLost(() -> told.complete(null));

        assertThat(told).succeedsWithin(Duration.ofSeconds(20));
        assertThat(settle(lease)).isEqualTo(Lease.Settlement.LOST);
        assertThat(next().record().offset()).isEqualTo(7);
    }

    @Test
    void nothingIsAcceptedBeforeTheLastRecordsAreWritten() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        start(RENEWED_EACH_SECOND, consumer);
        Lease lease = next();

        CompletableFuture<Lease.Settlement> concluded =
                lease.conclude(List.of(EVENT)).toCompletableFuture();

        assertThat(List.of(consumer.next(), consumer.next(), consumer.next(), consumer.next()))
                .as("renewed while the brokers do not answer")
                .containsExactly("renew 4", "commit", "renew 4", "commit");
        assertThat(concluded).isNotDone();
        completeSend();
        assertThat(concluded.get(20, TimeUnit.SECONDS)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(consumer.rest()).endsWith("accept 4", "commit");
    }

    @Test
    void aRecordThatIsNotWrittenLeavesTheLeaseToBeConcludedAgain() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        start(Duration.ofSeconds(30), consumer);
        Lease lease = next();
        producer.sendException = new TimeoutException("no metadata");

        assertThatThrownBy(() ->
                        lease.conclude(List.of(EVENT)).toCompletableFuture().get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IntakeException.class)
                .hasMessageContaining("no metadata");

        assertThat(lease.isLost()).isFalse();
        producer.sendException = null;
        CompletionStage<Lease.Settlement> again = lease.conclude(List.of(EVENT));
        completeSend();
        assertThat(again.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(Lease.Settlement.SETTLED);
    }

    @Test
    void aJobWhoseLastRecordsDoNotFitTheMemoryIsAnsweredToo() throws Exception {
        try (RecordWriter full = new RecordWriter(
                new MockProducer<>(
                        true, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer()) {
                    @Override
                    public synchronized Future<RecordMetadata> send(
                            ProducerRecord<byte[], byte[]> record, Callback callback) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                })) {
            assertThat(full.write(List.of(EVENT)))
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(IntakeException.class)
                    .withMessageContaining("Java heap space");
        }
    }

    @Test
    void aRefusedSettlementIsALostLease() throws Exception {
        ScriptedConsumer consumer =
                new ScriptedConsumer().returning(4L).refusing(new InvalidRecordStateException("not yours"));
        start(Duration.ofSeconds(30), consumer);
        Lease lease = next();

        assertThat(settle(lease)).isEqualTo(Lease.Settlement.LOST);
        assertThat(lease.isLost()).isTrue();
    }

    @Test
    void aRenewedRecordThatDoesNotComeBackIsALostLease() throws Exception {
        start(RENEWED_EACH_SECOND, new ScriptedConsumer().returning(4L).forgetting());
        CompletableFuture<Void> told = new CompletableFuture<>();

        next().onLost(() -> told.complete(null));

        assertThat(told).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void aConsumerInDoubtIsClosedAndReplaced() throws Exception {
        ScriptedConsumer broken = new ScriptedConsumer().failing(new KafkaException("what now"));
        start(Duration.ofSeconds(30), broken, new ScriptedConsumer().returning(4L));

        assertThat(next().record().offset()).isEqualTo(4);
        assertThat(broken.next()).isEqualTo("close");
    }

    @Test
    void aRefusalForGoodEndsTheLoopWithTheSettings() {
        Slot loop = start(
                Duration.ofSeconds(30),
                new ScriptedConsumer().failing(GroupAuthorizationException.forGroupId("darkroom")));

        assertThat(loop.ended())
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(IntakeException.class)
                .withMessageContaining("kafka.group")
                .withMessageContaining("kafka.topics.jobs");
        assertThat(loop.stopTaking()).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void aRefusalForGoodIsToldWhileTheLoopIsSuspendedToo() {
        Slot loop = new Slot(RefusedSession::new, "jobs", "share-slot-test");
        loops.add(loop);
        loop.start(leases::add);

        assertThat(loop.ended())
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(IntakeException.class);
    }

    @Test
    void closingReleasesAndThenClosesTheConsumer() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        Slot loop = start(Duration.ofSeconds(30), consumer);
        Lease lease = next();

        loop.requestClose();
        loop.awaitEnd();

        assertThat(List.of(consumer.next(), consumer.next())).containsExactly("release 4", "close");
        assertThat(lease.isLost()).isTrue();
    }

    @Test
    void anIdleLoopThatStopsClosesItsConsumer() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer();
        Slot loop = start(Duration.ofSeconds(30), consumer);
        consumer.awaitPoll();

        assertThat(loop.stopTaking()).succeedsWithin(Duration.ofSeconds(20));

        assertThat(consumer.next()).isEqualTo("close");
        assertThat(loop.ended()).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void aSuspendedLoopKeepsNoConsumerOpenAndResumesWithAnother() throws Exception {
        ScriptedConsumer idle = new ScriptedConsumer();
        Slot loop = start(Duration.ofSeconds(30), idle, new ScriptedConsumer().returning(7L));
        idle.awaitPoll();

        loop.suspend();

        assertThat(idle.next()).isEqualTo("close");
        assertThat(leases).isEmpty();
        loop.resume();
        assertThat(next().record().offset()).isEqualTo(7);
    }

    @Test
    void aSuspendedLoopRenewsWhatItHoldsAndTakesNothingAfterIt() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        Slot loop = start(RENEWED_EACH_SECOND, consumer, new ScriptedConsumer());
        Lease lease = next();

        loop.suspend();

        assertThat(List.of(consumer.next(), consumer.next(), consumer.next(), consumer.next()))
                .containsExactly("renew 4", "commit", "renew 4", "commit");
        assertThat(settle(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(List.of(consumer.nextButRenewals(), consumer.next(), consumer.next()))
                .containsExactly("accept 4", "commit", "close");
        assertThat(loop.ended()).isNotDone();
    }

    @Test
    void aSuspendedLoopStops() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer();
        Slot loop = start(Duration.ofSeconds(30), consumer);
        consumer.awaitPoll();
        loop.suspend();
        assertThat(consumer.next()).isEqualTo("close");

        assertThat(loop.stopTaking()).succeedsWithin(Duration.ofSeconds(20));
        assertThat(loop.ended()).succeedsWithin(Duration.ofSeconds(20));
    }

    /** The brokers acknowledge what is sent next. */
    private void completeSend() {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!producer.completeNext() && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
    }

    private Slot start(Duration lock, ScriptedConsumer... consumers) {
        BlockingQueue<ShareConsumer<byte[], byte[]>> queue = new LinkedBlockingQueue<>(List.of(consumers));
        Slot loop = new Slot(
                slot -> new ShareSession(slot, queue.remove(), writer, "jobs", lock), "jobs", "share-slot-test");
        loops.add(loop);
        loop.start(leases::add);
        return loop;
    }

    private Lease next() throws InterruptedException {
        Lease lease = leases.poll(20, TimeUnit.SECONDS);
        assertThat(lease).as("a lease within 20 s").isNotNull();
        return lease;
    }

    private static Lease.Settlement settle(Lease lease) throws Exception {
        return lease.conclude(List.of()).toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
