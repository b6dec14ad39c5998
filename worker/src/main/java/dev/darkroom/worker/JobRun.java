package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.Settling.UnsettledException;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.model.BorrowedModel;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job from its record to its settlement, top to bottom, on a thread of its own (which mostly waits: for the loop, for
 * the bucket). The outcome of every job that has an id of its own is in the bucket before it is told, and told before the
 * job is accepted.
 */
final class JobRun implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(JobRun.class);
    private static final int LONGEST_MESSAGE = 4000;
    private static final Duration BEFORE_RELEASE = Duration.ofSeconds(30);

    private final Lease lease;
    private final JobRecord record;
    private final JobStages stages;
    private final Settling settling;
    private final Announcer announcer;
    private final StopSignal stop = new StopSignal();
    private final int attempt; // a delivery: tries within one do not count

    private Optional<JobTimer> startedTimer = Optional.empty(); // once the job was said to have begun
    private boolean takenBefore; // by an earlier delivery, which may have left pictures

    JobRun(Lease lease, JobStages stages, Settling settling) {
        this.lease = lease;
        this.record = lease.record();
        this.stages = stages;
        this.settling = settling;
        this.announcer = stages.announcer(lease);
        this.attempt = record.deliveryCount();
        lease.onLost(this::stop);
    }

    /** Ends the job at its next step; if its lease still holds, another worker gets it. */
    void stop() {
        stop.raise();
    }

    @Override
    public void run() {
        try {
            settle(outcome());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            lease.release();
        } catch (RuntimeException | Error e) {
            log.error("The job at {} cannot be settled; it will be delivered again", record.position(), e);
            releaseLater();
        }
    }

    /** A release has no delay of its own at the broker: without one here a broken worker would use up all deliveries. */
    private void releaseLater() {
        try {
            stop.await(BEFORE_RELEASE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lease.release();
    }

    /** Until it succeeds, the lease is lost or the worker drains; then another worker finds the outcome in the bucket. */
    private void settle(Outcome outcome) throws InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                settling.settle(lease, announcer, outcome);
                return;
            } catch (UnsettledException e) {
                Duration wait = stages.retries().settlement(failures);
                log.warn("The job at {}, tried again in {}: {}", record.position(), wait, e.getMessage());
                if (stop.await(wait)) {
                    lease.release();
                    return;
                }
            }
        }
    }

    private Outcome outcome() throws InterruptedException {
        try {
            try {
                return develop(JobCodec.decode(record.value()));
            } catch (InvalidJobException e) {
                return refuse(e);
            }
        } catch (StoppedException e) {
            return new Outcome.HandedBack();
        }
    }

    private Outcome develop(GenerationJob job) throws StoppedException, InterruptedException {
        Optional<Outcome> earlier = claimed(JobIdentity.of(job), job.context(), "");
        if (earlier.isPresent()) {
            return earlier.get();
        }
        try {
            stages.checkDeliveries(record);
            return concluded(pictures(job));
        } catch (JobFailedException e) {
            return unfinished(new JobEvent.Failed(job.id(), attempt, job.context(), e.code(), e.reason()));
        } catch (ExpiredException e) {
            return unfinished(new JobEvent.Expired(job.id(), attempt, job.context(), e.step()));
        }
    }

    /** In the model's own precision; once more in float32, where float16 was too small for the job's numbers. */
    private JobEvent pictures(GenerationJob job)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        try {
            return pictures(job, Optional.empty());
        } catch (NonFiniteJobException e) {
            if (e.precision() == Precision.FP32) {
                throw e;
            }
            stages.tellRetry(announcer, job, attempt, e, Duration.ZERO);
            return pictures(job, Optional.of(Precision.FP32));
        }
    }

    /** The model is held until the pictures are finished, and for nothing that waits on the bucket. */
    private JobEvent pictures(GenerationJob job, Optional<Precision> precision)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        Developed developed;
        JobTimer timer;
        // Of a job that was taken before, the pictures may be there: only then is a model wanted after the deadline.
        Condition wanted = takenBefore ? () -> {} : () -> stages.checkDeadline(job);
        wanted.check();
        try (BorrowedModel borrowed = retrying(job, () -> stages.borrow(job, precision), wanted)) {
            ResolvedJob resolved = retrying(job, () -> stages.resolve(job, borrowed.model()), () -> {});
            Optional<JobEvent> finished = takenBefore ? untilStored(() -> stages.finished(resolved)) : Optional.empty();
            if (finished.isPresent()) {
                return finished.get();
            }
            stages.checkDeadline(job);
            stopIfAsked();
            timer = started(resolved);
            developed = retrying(
                    job,
                    () -> stages.develop(announcer, resolved, attempt, timer, stop),
                    () -> stages.checkDeadline(job));
        }
        // No deadline from here on: the pictures are there, and a bucket that is away does not undo them.
        return retrying(job, () -> stages.store(developed, attempt, timer), () -> {});
    }

    /** Says that the job begins, the first time. */
    private JobTimer started(ResolvedJob resolved) {
        JobTimer timer = startedTimer.orElseGet(() -> stages.start(record, announcer, resolved, attempt));
        startedTimer = Optional.of(timer);
        return timer;
    }

    /** A job that ends without pictures, unless another worker has it by now and may still finish it. */
    private Outcome unfinished(JobEvent terminal) throws StoppedException, InterruptedException {
        if (lease.isLost()) {
            throw new StoppedException();
        }
        return concluded(terminal);
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
                    + Sha256.hex(recordName().getBytes(StandardCharsets.UTF_8)).substring(0, 32);
            String where = "No job id can be read in the record at " + record.position() + ": " + reason;
            return Outcome.of(new JobEvent.Failed(id, attempt, invalid.context(), FailureCode.INVALID_JOB, where));
        }
        String id = invalid.jobId().get();
        Optional<Outcome> earlier = claimed(JobIdentity.ofInvalid(id, record.value()), invalid.context(), reason);
        return earlier.isPresent()
                ? earlier.get()
                : concluded(new JobEvent.Failed(id, attempt, invalid.context(), FailureCode.INVALID_JOB, reason));
    }

    /**
     * Claims the job's id; what is returned is how the job ended before, or that the id is another job's.
     *
     * @param invalid why the record is no valid job; empty for one that is
     */
    private Optional<Outcome> claimed(JobIdentity identity, Optional<String> context, String invalid)
            throws StoppedException, InterruptedException {
        return untilStored(() -> switch (stages.ledger().claim(identity, recordName())) {
            case FIRST -> Optional.empty();
            case AGAIN -> {
                takenBefore = true;
                yield stages.ledger().outcome(identity.id()).map(Outcome::of);
            }
            case TAKEN -> Optional.of(taken(identity, context, invalid));
        });
    }

    /** The same for every delivery of this record, and for no other: a topic made anew begins at offset 0 again. */
    private String recordName() {
        return record.position() + "@" + record.timestamp().toEpochMilli();
    }

    private Outcome taken(JobIdentity identity, Optional<String> context, String invalid) {
        String reason = "Another job, with other content, came first under this id"
                + (invalid.isEmpty() ? "" : "; this one is invalid: " + invalid);
        JobEvent rejected = new JobEvent.Rejected(
                identity.id(), attempt, context, FailureCode.DUPLICATE_ID, reason, identity.contentHash());
        return invalid.isEmpty()
                ? new Outcome.Told(rejected)
                : new Outcome.Dead(rejected, FailureCode.INVALID_JOB, invalid);
    }

    private Outcome concluded(JobEvent terminal) throws StoppedException, InterruptedException {
        return Outcome.of(untilStored(() -> stages.ledger().conclude(terminal)));
    }

    /** A part of the job that may fail for a while. What was done before it is kept. */
    private interface Stage<T> {
        T run() throws JobFailedException, ExpiredException, StoppedException, InterruptedException;
    }

    /** What must hold before a stage is tried again. */
    private interface Condition {
        void check() throws ExpiredException;
    }

    private <T> T retrying(GenerationJob job, Stage<T> stage, Condition beforeRetry)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        for (int failures = 1; ; failures++) {
            stopIfAsked();
            try {
                return attempt(job, stage);
            } catch (JobFailedException e) {
                Duration wait = stages.retries().wait(e, failures).orElseThrow(() -> e);
                log.warn("Job {}: {}, tried again in {}: {}", job.id(), e.code(), wait, e.reason());
                stages.tellRetry(announcer, job, attempt, e, wait);
                stop.await(wait);
                stopIfAsked();
                beforeRetry.check();
            }
        }
    }

    /** What no stage expected is an internal error: its cause stays in the log, under an id that the event carries. */
    private <T> T attempt(GenerationJob job, Stage<T> stage)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        try {
            return stage.run();
        } catch (RuntimeException e) {
            String id = job.id() + "/" + attempt;
            log.error("Job {}: internal error {}", job.id(), id, e);
            throw new JobFailedException(
                    FailureCode.INTERNAL, "Internal error; the worker's log has its cause under " + id, e);
        }
    }

    /** A request to the bucket without which nothing can be decided. */
    private interface LedgerEntry<T> {
        T run() throws StorageException;
    }

    private <T> T untilStored(LedgerEntry<T> entry) throws StoppedException, InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                return entry.run();
            } catch (StorageException e) {
                Duration wait = stages.retries().settlement(failures);
                log.warn("The job at {}, tried again in {}: {}", record.position(), wait, e.getMessage());
                stop.await(wait);
                stopIfAsked();
            }
        }
    }

    private void stopIfAsked() throws StoppedException {
        if (stop.isRaised()) {
            throw new StoppedException();
        }
    }
}
