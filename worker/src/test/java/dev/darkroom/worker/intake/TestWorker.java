package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A source and the leases that it handed out; waits are bounded. */
public record TestWorker(JobSource source, BlockingQueue<Lease> leases) implements AutoCloseable {
    /** Shorter than a long lock, so that what comes was handed back and did not run out. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A broker that has just begun takes its time to settle something. */
    private static final Duration SETTLING = Duration.ofSeconds(60);

    Lease next() throws InterruptedException {
        return next(leases);
    }

    void expectNone(Duration during) throws InterruptedException {
        assertThat(leases.poll(during.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    }

    @Override
    public void close() {
        source.close();
    }

    static Lease next(BlockingQueue<Lease> leases) throws InterruptedException {
        Lease lease = leases.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(lease).as("a lease within " + PATIENCE).isNotNull();
        return lease;
    }

    static Lease.Settlement outcome(CompletionStage<Lease.Settlement> settlement) throws Exception {
        return settlement.toCompletableFuture().get(SETTLING.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Concludes, and again where nothing was committed, as a worker does: the group may just have changed. */
    public static Lease.Settlement concluded(Lease lease, OutgoingRecord... last) throws Exception {
        long end = System.nanoTime() + SETTLING.toNanos();
        while (true) {
            try {
                return outcome(lease.conclude(List.of(last)));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof IntakeException) || System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String value(Lease lease) {
        return new String(lease.record().value(), StandardCharsets.UTF_8);
    }
}
