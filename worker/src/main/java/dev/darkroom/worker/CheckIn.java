package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.ops.JobWatch;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The first stage of a job: what its record says, and whether its id is free, the job's own already, or another job's.
 */
final class CheckIn {
    private static final int LONGEST_MESSAGE = 4000;

    private final JobRecord record;
    private final int attempt;
    private final JobLedger ledger;
    private final Patience patience;
    private final JobWatch watch;

    CheckIn(JobRecord record, int attempt, JobLedger ledger, Patience patience, JobWatch watch) {
        this.record = record;
        this.attempt = attempt;
        this.ledger = ledger;
        this.patience = patience;
        this.watch = watch;
    }

    /** What came of it. */
    sealed interface Result {
        /**
         * A job to do.
         *
         * @param takenBefore by an earlier delivery or attempt, which may have left pictures
         */
        record Admitted(GenerationJob job, boolean takenBefore) implements Result {}

        /** Nothing is to be done but to tell the outcome. */
        record Ended(Outcome outcome) implements Result {}
    }

    Result run() throws StoppedException, InterruptedException {
        GenerationJob job;
        try {
            job = JobCodec.decode(record.value());
        } catch (InvalidJobException e) {
            return new Result.Ended(refuse(e));
        }
        JobIdentity identity = JobIdentity.of(job);
        watch.identified(identity.id());
        JobLedger.Claim claim = claim(identity);
        if (claim == JobLedger.Claim.TAKEN) {
            return new Result.Ended(taken(identity, job.context(), ""));
        }
        Optional<Outcome> earlier = earlier(identity, claim);
        return earlier.<Result>map(Result.Ended::new)
                .orElseGet(() -> new Result.Admitted(job, claim == JobLedger.Claim.AGAIN));
    }

    private JobLedger.Claim claim(JobIdentity identity) throws StoppedException, InterruptedException {
        return patience.await(() -> ledger.claim(identity, record.name()));
    }

    /** How the job ended before, if it did. */
    private Optional<Outcome> earlier(JobIdentity identity, JobLedger.Claim claim)
            throws StoppedException, InterruptedException {
        return claim == JobLedger.Claim.FIRST
                ? Optional.empty()
                : patience.await(() -> ledger.outcome(identity.id())).map(Outcome::of);
    }

    /**
     * A record that is no job. One whose id can be read has that id from now on, as every job does; one whose id cannot be
     * read gets an id that is the same for every delivery.
     */
    private Outcome refuse(InvalidJobException invalid) throws StoppedException, InterruptedException {
        String message = invalid.violations().stream()
                .map(violation -> violation.field() + ": " + violation.message())
                .collect(Collectors.joining("; "));
        String reason = message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + "…";
        if (invalid.jobId().isEmpty()) {
            String id = "unreadable-"
                    + Sha256.hex(record.name().getBytes(StandardCharsets.UTF_8)).substring(0, 32);
            String where = "No job id can be read in the record at " + record.position() + ": " + reason;
            return Outcome.of(new JobEvent.Failed(id, attempt, invalid.context(), FailureCode.INVALID_JOB, where));
        }
        JobIdentity identity = JobIdentity.ofInvalid(invalid.jobId().get(), record.value());
        watch.identified(identity.id());
        JobLedger.Claim claim = claim(identity);
        if (claim == JobLedger.Claim.TAKEN) {
            return taken(identity, invalid.context(), reason);
        }
        Optional<Outcome> earlier = earlier(identity, claim);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        JobEvent failed =
                new JobEvent.Failed(identity.id(), attempt, invalid.context(), FailureCode.INVALID_JOB, reason);
        return Outcome.of(patience.await(() -> ledger.conclude(failed)));
    }

    /** @param invalid why the record is no valid job; empty for one that is */
    private Outcome taken(JobIdentity identity, Optional<String> context, String invalid) {
        String reason = "Another job, with other content, came first under this id"
                + (invalid.isEmpty() ? "" : "; this one is invalid: " + invalid);
        JobEvent rejected = new JobEvent.Rejected(
                identity.id(), attempt, context, FailureCode.DUPLICATE_ID, reason, identity.contentHash());
        return invalid.isEmpty()
                ? new Outcome.Dead(rejected, FailureCode.DUPLICATE_ID, reason)
                : new Outcome.Dead(rejected, FailureCode.INVALID_JOB, invalid);
    }
}
