package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.Violation;
import dev.darkroom.worker.JobClaims.Claim;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job's last acts: the terminal event, the dead letter if it is one, the accept; each only when the one before is done.
 * Dying between two of them repeats the earlier ones with the same ids, never leaves one out. Stateless.
 */
final class Settling {
    private static final Logger log = LoggerFactory.getLogger(Settling.class);
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LONGEST_MESSAGE = 4000;

    private final DeadLetters deadLetters;
    private final JobClaims claims;
    private final String prefix;

    Settling(DeadLetters deadLetters, JobClaims claims, String prefix) {
        this.deadLetters = deadLetters;
        this.claims = claims;
        this.prefix = prefix;
    }

    void settle(Lease lease, Announcer announcer, Outcome outcome) throws InterruptedException {
        if (lease.isLost()) {
            log.warn(
                    "The job at {}: its lease was lost, another worker has it",
                    lease.record().position());
            return;
        }
        if (outcome instanceof Outcome.HandedBack) {
            log.info("The job at {}: handed back", lease.record().position());
            lease.release();
            return;
        }
        if (outcome instanceof Outcome.Told told) {
            await(announcer.sayDurably(told.event()), "event");
            log.info("Job {}: {}", told.event().jobId(), told.event().type());
        }
        if (outcome instanceof Outcome.Dead dead) {
            JobEvent.Failed event = dead.event();
            await(announcer.sayDurably(event), "event");
            bury(lease.record(), event);
        }
        if (await(lease.accept(), "accept") == Lease.Settlement.LOST) {
            log.warn(
                    "The job at {} will come again: its lease was lost at the end",
                    lease.record().position());
        }
    }

    private void bury(JobRecord record, JobEvent.Failed event) {
        try {
            deadLetters.send(record, event.code(), event.message(), event.attempt());
        } catch (IntakeException e) {
            throw new IllegalStateException("The dead letter of job " + event.jobId() + " was not written", e);
        }
    }

    /**
     * What becomes of a record that is no job. One whose id can be read claims it, as every job does: what comes later
     * under this id is another job.
     */
    Outcome refuse(JobRecord record, InvalidJobException invalid, int attempt) {
        String message = invalid.violations().stream().map(Settling::text).collect(Collectors.joining("; "));
        String bounded = message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + "…";
        String id = invalid.jobId().or(() -> keyOf(record)).orElseGet(() -> idOf(record));
        log.warn(
                "Job {} at {} is invalid: {} violations",
                id,
                record.position(),
                invalid.violations().size());
        if (claim(id, record.value()) == Claim.TAKEN) {
            return new Outcome.Told(new JobEvent.Rejected(
                    id,
                    attempt,
                    invalid.context(),
                    FailureCode.DUPLICATE_ID,
                    "Another job, with other content, came first under this id; this one is invalid: " + bounded,
                    Sha256.hex(record.value())));
        }
        return new Outcome.Dead(new JobEvent.Failed(id, attempt, invalid.context(), FailureCode.INVALID_JOB, bounded));
    }

    private Claim claim(String id, byte[] value) {
        String hash = Sha256.hex(value);
        try {
            return claims.claim(ObjectKeys.of(prefix, id, hash), hash);
        } catch (StorageException e) {
            // A bad job must not wait for the bucket; its event carries the id that a repetition would carry too.
            log.warn("Job {}: refused without a claim: {}", id, e.getMessage());
            return Claim.FIRST;
        }
    }

    private static String text(Violation violation) {
        return violation.field() + ": " + violation.message();
    }

    private static Optional<String> keyOf(JobRecord record) {
        return record.key()
                .map(key -> new String(key, StandardCharsets.UTF_8))
                .filter(key -> JOB_ID.matcher(key).matches());
    }

    /** The same for every delivery of the record. */
    private static String idOf(JobRecord record) {
        String id = "unreadable-" + Sha256.hex(record.position().getBytes(StandardCharsets.UTF_8));
        return id.substring(0, 40);
    }

    private static <T> T await(CompletionStage<T> stage, String what) throws InterruptedException {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("Kafka did not confirm the job's " + what, e);
        }
    }
}
