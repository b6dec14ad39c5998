package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the loop asks of a consumer, call by call; what a broker makes of it is the contract suite's. */
class LeaseLoopTest {
    private static final Duration RENEWED_EACH_SECOND = Duration.ofSeconds(3);

    private final BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
    private final List<LeaseLoop> loops = new ArrayList<>();

    @AfterEach
    void closeLoops() {
        loops.forEach(LeaseLoop::requestClose);
        loops.forEach(LeaseLoop::awaitEnd);
    }

    @Test
    void aRenewalCommitsBeforeItPolls() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        start(RENEWED_EACH_SECOND, consumer);

        Lease lease = next();

        assertThat(List.of(consumer.next(), consumer.next())).containsExactly("renew 4", "commit");
        lease.accept();
        assertThat(List.of(consumer.next(), consumer.next())).containsExactly("accept 4", "commit");
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
        LeaseLoop loop = start(
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
    void closingReleasesAndThenClosesTheConsumer() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer().returning(4L);
        LeaseLoop loop = start(Duration.ofSeconds(30), consumer);
        Lease lease = next();

        loop.requestClose();
        loop.awaitEnd();

        assertThat(List.of(consumer.next(), consumer.next())).containsExactly("release 4", "close");
        assertThat(lease.isLost()).isTrue();
    }

    @Test
    void anIdleLoopThatStopsClosesItsConsumer() throws Exception {
        ScriptedConsumer consumer = new ScriptedConsumer();
        LeaseLoop loop = start(Duration.ofSeconds(30), consumer);
        consumer.awaitPoll();

        assertThat(loop.stopTaking()).succeedsWithin(Duration.ofSeconds(20));

        assertThat(consumer.next()).isEqualTo("close");
        assertThat(loop.ended()).succeedsWithin(Duration.ofSeconds(20));
    }

    private LeaseLoop start(Duration lock, ScriptedConsumer... consumers) {
        BlockingQueue<ShareConsumer<byte[], byte[]>> queue = new LinkedBlockingQueue<>(List.of(consumers));
        LeaseLoop loop = new LeaseLoop(queue::remove, "jobs", lock, "lease-loop-test");
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
        return lease.accept().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
