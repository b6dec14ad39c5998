package dev.darkroom.worker.intake;

import static dev.darkroom.worker.intake.TestWorker.concluded;
import static dev.darkroom.worker.intake.TestWorker.next;
import static dev.darkroom.worker.intake.TestWorker.outcome;
import static dev.darkroom.worker.intake.TestWorker.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.DeliveryConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;

/** What every source of jobs must do, whatever Kafka calls its group. */
abstract class JobSourceContract extends LaneContract {
    @Test
    void aRecordIsHandedOutAsItCame() throws Exception {
        QueueFixture queue = own(queue(LONG));
        byte[] undecodable = {(byte) 0xff, 0, (byte) 0xc3, (byte) 0x28, 1};
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(queue.jobs(), bytes("key"), undecodable);
        record.headers().add("traceparent", bytes("first")).add("traceparent", bytes("last"));
        RecordMetadata at = queue.produce(record);

        JobRecord job = start(queue).next().record();

        assertThat(job.value()).isEqualTo(undecodable);
        assertThat(job.key()).hasValueSatisfying(key -> assertThat(key).isEqualTo(bytes("key")));
        assertThat(job.header("traceparent"))
                .hasValueSatisfying(value -> assertThat(value).isEqualTo(bytes("last")));
        assertThat(job.headers()).hasSize(2);
        assertThat(job.position()).isEqualTo(queue.jobs() + "-" + at.partition() + "@" + at.offset());
        assertThat(job.timestamp().toEpochMilli()).isEqualTo(at.timestamp());
        assertThat(job.deliveryCount()).isEqualTo(1);
    }

    @Test
    void aRecordWithoutKeyAndValueIsHandedOutEmpty() throws Exception {
        QueueFixture queue = own(queue(LONG));
        queue.produce(new ProducerRecord<>(queue.jobs(), null, null));

        JobRecord job = start(queue).next().record();

        assertThat(job.key()).isEmpty();
        assertThat(job.value()).isEmpty();
    }

    @Test
    void anAcceptedJobIsNeverHandedOutAgain() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        TestWorker first = start(queue);
        queue.produce("a");
        assertThat(concluded(first.next())).isEqualTo(Lease.Settlement.SETTLED);
        first.close();

        TestWorker second = start(queue);
        queue.produce("b");

        assertThat(second.next()).satisfies(lease -> assertThat(value(lease)).isEqualTo("b"));
        second.expectNone(SHORT.multipliedBy(2));
    }

    @Test
    void aReleasedJobIsHandedOutAtOnceWithAHigherCount() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker worker = start(queue);
        queue.produce("a");
        Lease first = worker.next();
        assertThat(outcome(first.release())).isEqualTo(Lease.Settlement.SETTLED);

        Lease again = worker.next();

        assertThat(value(again)).isEqualTo("a");
        assertThat(again.record().deliveryCount()).isGreaterThan(1);
        assertThat(first.isLost()).isFalse();
    }

    @Test
    void aHeldJobOutlivesItsLock() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        TestWorker holder = start(queue);
        queue.produce("a");
        Lease lease = holder.next();

        start(queue).expectNone(SHORT.multipliedBy(3));

        assertThat(lease.isLost()).isFalse();
        assertThat(concluded(lease)).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(lease.isLost()).isFalse();
    }

    @Test
    void aLeaseThatRanOutIsLostAndSettlesNothing() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        CountDownLatch stalled = new CountDownLatch(1);
        BlockingQueue<Lease> leases = startStalling(queue, stalled);
        queue.produce("a");
        Lease lost = next(leases);
        CompletableFuture<Void> told = new CompletableFuture<>();
        lost.onLost(() -> told.complete(null));

        Lease taken = start(queue).next();
        stalled.countDown();

        told.get(20, TimeUnit.SECONDS);
        assertThat(lost.isLost()).isTrue();
        assertThat(concluded(lost)).isEqualTo(Lease.Settlement.LOST);
        assertThat(taken.record().deliveryCount()).isGreaterThan(1);
        assertThat(concluded(taken)).isEqualTo(Lease.Settlement.SETTLED);
    }

    @Test
    void aSourceGoesOnAfterALostLease() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        CountDownLatch stalled = new CountDownLatch(1);
        BlockingQueue<Lease> leases = startStalling(queue, stalled);
        queue.produce("a");
        Lease lost = next(leases);
        TestWorker peer = start(queue);
        assertThat(concluded(peer.next())).isEqualTo(Lease.Settlement.SETTLED);
        peer.close();
        stalled.countDown();
        assertThat(concluded(lost)).isEqualTo(Lease.Settlement.LOST);

        queue.produce("b");

        Lease next = next(leases);
        while (value(next).equals("a")) {
            // The consumer acquired it once more while it stalled, too long ago: it is not settled twice.
            assertThat(concluded(next)).isEqualTo(Lease.Settlement.LOST);
            next = next(leases);
        }
        assertThat(value(next)).isEqualTo("b");
    }

    @Test
    void twoSourcesShareTheWork() throws Exception {
        QueueFixture queue = own(queue(MIDDLE));
        TestWorker one = start(queue);
        TestWorker two = start(queue);
        queue.produce(0, "a");
        queue.produce(1, "b");

        List<String> held = List.of(value(one.next()), value(two.next()));

        assertThat(held).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aWorkerThatComesLaterTakesNoRunningJobAway() throws Exception {
        QueueFixture queue = own(queue(MIDDLE));
        TestWorker first = start(queue);
        queue.produce(1, "a");
        Lease held = first.next();

        queue.produce(0, "b");
        Lease other = start(queue).next();

        assertThat(value(other)).isEqualTo("b");
        assertThat(held.isLost()).isFalse();
        assertThat(concluded(held, event(queue, "a"))).isEqualTo(Lease.Settlement.SETTLED);
        assertThat(concluded(other, event(queue, "b"))).isEqualTo(Lease.Settlement.SETTLED);
    }

    @Test
    void aStoppedSourceKeepsNoJobFromTheOthers() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker stopped = start(queue);
        queue.produce("warm");
        assertThat(concluded(stopped.next())).isEqualTo(Lease.Settlement.SETTLED);
        TestWorker peer = start(queue);

        stopped.source().stopTaking();
        queue.produce("a");

        Lease lease = peer.next();
        assertThat(value(lease)).isEqualTo("a");
        assertThat(lease.record().deliveryCount()).isEqualTo(1);
        stopped.expectNone(Duration.ZERO);
    }

    @Test
    void aStoppedSourceGoesOnRenewingWhatItHolds() throws Exception {
        QueueFixture queue = own(queue(SHORT));
        TestWorker stopped = start(queue);
        queue.produce("a");
        Lease held = stopped.next();

        stopped.source().stopTaking();
        queue.produce(1, "b");
        TestWorker peer = start(queue);
        assertThat(value(peer.next())).isEqualTo("b");

        peer.expectNone(SHORT.multipliedBy(2));
        assertThat(concluded(held)).isEqualTo(Lease.Settlement.SETTLED);
        stopped.expectNone(Duration.ZERO);
    }

    @Test
    void aSuspendedSourceKeepsNoJobFromTheOthersAndTakesJobsAgainWhenItResumes() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker suspended = start(queue);
        queue.produce("warm");
        Lease held = suspended.next();

        suspended.source().suspend();
        assertThat(concluded(held)).isEqualTo(Lease.Settlement.SETTLED);
        TestWorker peer = start(queue);
        queue.produce(0, "a");
        Lease a = peer.next();
        assertThat(value(a)).isEqualTo("a");
        // A share consumer that closes has a fetch at the broker, whose delivery counts.
        if (queue.delivery().mode() == DeliveryConfig.Mode.CLASSIC) {
            assertThat(a.record().deliveryCount()).isEqualTo(1);
        }
        assertThat(concluded(a)).isEqualTo(Lease.Settlement.SETTLED);
        queue.produce(1, "b");
        Lease b = peer.next();
        assertThat(value(b)).isEqualTo("b");
        assertThat(concluded(b)).isEqualTo(Lease.Settlement.SETTLED);
        suspended.expectNone(Duration.ZERO);
        peer.close();

        suspended.source().resume();
        queue.produce("c");
        assertThat(value(suspended.next())).isEqualTo("c");
    }

    @Test
    void closingHandsBackWhatIsHeld() throws Exception {
        QueueFixture queue = own(queue(LONG));
        TestWorker closed = start(queue);
        queue.produce("a");
        Lease held = closed.next();
        TestWorker peer = start(queue);
        CompletableFuture<Void> told = new CompletableFuture<>();
        held.onLost(() -> told.complete(null));

        closed.close();
        Lease again = peer.next(); // in less time than the lock takes to run out

        assertThat(told).isCompleted();
        assertThat(concluded(held)).isEqualTo(Lease.Settlement.LOST);
        assertThat(closed.source().ended()).succeedsWithin(Duration.ofSeconds(10));
        assertThat(value(again)).isEqualTo("a");
        assertThat(again.record().deliveryCount()).isGreaterThan(1);
    }

    @Test
    void aReceiverThatThrowsLosesNoJob() throws Exception {
        QueueFixture queue = own(queue(LONG));
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        JobSource source = own(source(queue));
        source.start(lease -> {
            if (lease.record().deliveryCount() == 1) {
                throw new IllegalStateException("not ready");
            }
            leases.add(lease);
        });

        queue.produce("a");

        assertThat(value(next(leases))).isEqualTo("a");
    }
}
