package dev.darkroom.worker;

import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.Lease;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job's last acts: its event, its dead letter if it is one, the accept; each only when the one before is done. Whoever
 * dies between two of them leaves a job that is delivered again, and whose outcome is in the ledger: the earlier acts are
 * repeated with it. Stateless.
 */
final class Settling {
    private static final Logger log = LoggerFactory.getLogger(Settling.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final DeadLetters deadLetters;

    Settling(DeadLetters deadLetters) {
        this.deadLetters = deadLetters;
    }

    /** Kafka did not take one of the acts; all may be tried again. */
    static final class UnsettledException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsettledException(String what, Throwable cause) {
            super("Kafka did not confirm the job's " + what + ": " + cause.getMessage(), cause);
        }
    }

    void settle(Lease lease, Announcer announcer, Outcome outcome) throws UnsettledException, InterruptedException {
        String position = lease.record().position();
        if (lease.isLost()) {
            log.warn("The job at {}: its lease was lost, another worker has it", position);
            return;
        }
        if (outcome instanceof Outcome.HandedBack) {
            log.info("The job at {}: handed back", position);
            lease.release();
            return;
        }
        if (outcome instanceof Outcome.Told told) {
            await(announcer.sayDurably(told.event()), "event");
            log.info("Job {}: {}", told.event().jobId(), told.event().type());
        }
        if (outcome instanceof Outcome.Dead dead) {
            await(announcer.sayDurably(dead.event()), "event");
            bury(lease, dead);
            log.warn("Job {}: {}, {}", dead.event().jobId(), dead.event().type(), dead.code());
        }
        if (await(lease.accept(), "accept") == Lease.Settlement.LOST) {
            log.warn("The job at {} will come again: its lease was lost at the end", position);
        }
    }

    private void bury(Lease lease, Outcome.Dead dead) throws UnsettledException {
        try {
            deadLetters.send(
                    lease.record(), dead.code(), dead.reason(), dead.event().attempt());
        } catch (IntakeException e) {
            throw new UnsettledException("dead letter", e);
        }
    }

    private static <T> T await(CompletionStage<T> stage, String what) throws UnsettledException, InterruptedException {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new UnsettledException(what, e);
        }
    }
}
