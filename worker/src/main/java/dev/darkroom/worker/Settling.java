package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.events.EventRecord;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.OversizedRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job's last acts: its event, its dead letter if it is one, the settlement. The lease does them together. Whoever dies
 * before the settlement leaves a job that is delivered again, and whose outcome is in the ledger: what was told before is
 * told again with it. Stateless.
 */
final class Settling {
    private static final Logger log = LoggerFactory.getLogger(Settling.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final EventRecords events;
    private final DeadLetters deadLetters;

    Settling(EventRecords events, DeadLetters deadLetters) {
        this.events = events;
        this.deadLetters = deadLetters;
    }

    /** Kafka did not take the last acts; they may be tried again. */
    static final class UnsettledException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsettledException(String what, Throwable cause) {
            super("Kafka did not confirm the job's " + what + ": " + cause.getMessage(), cause);
        }

        /** Whether the same records will be refused again. */
        boolean isForGood() {
            return getCause() instanceof OversizedRecordException;
        }
    }

    void settle(Lease lease, Announcer announcer, Outcome outcome) throws UnsettledException, InterruptedException {
        String position = lease.record().position();
        if (lease.isLost()) {
            log.warn("The job at {}: its lease was lost, another worker has it", position);
            return;
        }
        Lease.Settlement settlement = Lease.Settlement.SETTLED;
        if (outcome instanceof Outcome.HandedBack) {
            log.info("The job at {}: handed back", position);
            lease.release();
        } else if (outcome instanceof Outcome.Told told) {
            settlement = conclude(lease, announcer, List.of(record(told.event(), announcer)));
            log.info("Job {}: {}", told.event().jobId(), told.event().type());
        } else if (outcome instanceof Outcome.Later later) {
            settlement = conclude(lease, announcer, List.of(record(later.event(), announcer), later.retry()));
            log.warn(
                    "Job {}: {}, tried again after {}: {}",
                    later.event().jobId(),
                    later.event().code(),
                    later.event().notBefore(),
                    later.event().message());
        } else if (outcome instanceof Outcome.Dead dead) {
            settlement = bury(lease, announcer, dead);
            log.warn("Job {}: {}, {}", dead.event().jobId(), dead.event().type(), dead.code());
        }
        if (settlement == Lease.Settlement.LOST) {
            log.warn("The job at {} will come again: its lease was lost at the end", position);
        }
    }

    /** As much of the job as the topic of dead letters takes. */
    private Lease.Settlement bury(Lease lease, Announcer announcer, Outcome.Dead dead)
            throws UnsettledException, InterruptedException {
        Optional<UnsettledException> oversized = Optional.empty();
        for (DeadLetters.Extent extent : DeadLetters.Extent.values()) {
            OutgoingRecord letter = deadLetters.of(
                    lease.record(), dead.code(), dead.reason(), dead.event().attempt(), extent);
            try {
                return conclude(lease, announcer, List.of(record(dead.event(), announcer), letter));
            } catch (UnsettledException e) {
                if (!e.isForGood()) {
                    throw e;
                }
                oversized = Optional.of(e);
            }
        }
        throw oversized.orElseThrow();
    }

    private static Lease.Settlement conclude(Lease lease, Announcer announcer, List<OutgoingRecord> last)
            throws UnsettledException, InterruptedException {
        await(announcer.allSaid(), "events");
        return await(lease.conclude(last), "end");
    }

    private OutgoingRecord record(JobEvent event, Announcer announcer) {
        EventRecord record = events.of(event, announcer.context());
        List<JobRecord.Header> headers = new ArrayList<>();
        record.headers().forEach((name, value) -> headers.add(new JobRecord.Header(name, bytes(value))));
        return new OutgoingRecord(record.topic(), Optional.of(bytes(record.key())), record.value(), headers);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T await(CompletionStage<T> stage, String what) throws UnsettledException, InterruptedException {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new UnsettledException(what, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new UnsettledException(what, e);
        }
    }
}
