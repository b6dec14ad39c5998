package dev.darkroom.worker.intake;

import static dev.darkroom.worker.intake.TestWorker.concluded;
import static dev.darkroom.worker.intake.TestWorker.next;
import static dev.darkroom.worker.intake.TestWorker.outcome;
import static dev.darkroom.worker.intake.TestWorker.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** How a job source concludes jobs: the last records and the settlement are one act. */
abstract class ConclusionContract extends JobSourceFixture {
    @Test
    void concludingWritesTheLastRecordsInTheirOrder() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker worker = start(queue);
        queue.produce("a");
        OutgoingRecord second = new OutgoingRecord(
                queue.kafka().topics().events(),
                Optional.of(bytes("key")),
                bytes("second"),
                List.of(new JobRecord.Header("name", bytes("1")), new JobRecord.Header("name", bytes("2"))));

        Lease lease = worker.next();
        assertThat(concluded(lease, event(queue, "first"), second)).isEqualTo(Lease.Settlement.SETTLED);

        List<ConsumerRecord<byte[], byte[]>> events =
                queue.read(queue.kafka().topics().events(), 2);
        assertThat(events).extracting(record -> text(record.value())).containsExactly("first", "second");
        assertThat(text(events.get(1).key())).isEqualTo("key");
        assertThat(events.get(1).headers().headers("name"))
                .extracting(header -> text(header.value()))
                .containsExactly("1", "2");
        queue.produce("b");
        assertThat(value(worker.next())).isEqualTo("b");
    }

    @Test
    void whatIsConcludedAfterALossIsNotWritten() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        CountDownLatch stalled = new CountDownLatch(1);
        BlockingQueue<Lease> leases = startStalling(queue, stalled);
        queue.produce("a");
        Lease lost = next(leases);
        Lease taken = start(queue).next();
        stalled.countDown();

        assertThat(concluded(lost, event(queue, "lost"))).isEqualTo(Lease.Settlement.LOST);
        assertThat(concluded(taken, event(queue, "taken"))).isEqualTo(Lease.Settlement.SETTLED);

        assertThat(queue.read(queue.kafka().topics().events(), 1))
                .extracting(record -> text(record.value()))
                .containsExactly("taken");
    }

    @Test
    void aRecordThatIsRefusedLeavesTheLeaseHeldAndNothingBehind() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        TestWorker worker = start(queue);
        queue.produce("a");
        Lease lease = worker.next();
        byte[] tooLarge = new byte[2 << 20];
        OutgoingRecord large =
                new OutgoingRecord(queue.kafka().topics().events(), Optional.empty(), tooLarge, List.of());

        assertThatThrownBy(() -> outcome(lease.conclude(List.of(large))))
                .hasCauseInstanceOf(OversizedRecordException.class)
                .hasMessageContaining(queue.kafka().topics().events());
        worker.expectNone(SHORT.multipliedBy(2));

        assertThat(lease.isLost()).isFalse();
        assertThat(concluded(lease, event(queue, "a"))).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(queue.read(queue.kafka().topics().events(), 1))
                .extracting(record -> text(record.value()))
                .containsExactly("a");
    }

    /** A reader that waits for the end of open transactions is held up by none. */
    @Test
    void anEventOfARunningJobIsSeenAtOnce() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker worker = start(queue);
        queue.produce("warm");
        assertThat(concluded(worker.next(), event(queue, "warm"))).isEqualTo(Lease.Settlement.SETTLED);
        queue.produce("a");
        Lease held = worker.next();

        queue.produce(new ProducerRecord<>(queue.kafka().topics().events(), bytes("key"), bytes("progress")));

        assertThat(queue.read(queue.kafka().topics().events(), 2))
                .extracting(record -> text(record.value()))
                .containsExactly("warm", "progress");
        assertThat(held.isLost()).isFalse();
    }

    @Test
    void theFirstSettlementCounts() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker worker = start(queue);
        queue.produce("a");
        Lease lease = worker.next();

        CompletionStage<Lease.Settlement> accepted = lease.conclude(List.of());
        CompletionStage<Lease.Settlement> released = lease.release();
        queue.produce("b");

        assertThat(outcome(accepted)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(outcome(released)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(value(worker.next())).isEqualTo("b");
    }
}
