package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.Settling.UnsettledException;
import dev.darkroom.worker.intake.CancelWatch;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.model.BorrowedModel;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.storage.Recovery;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job from its record to its settlement, top to bottom, on a thread of its own (which mostly waits: for the loop, for
 * the bucket). The outcome of every job that has an id of its own is in the bucket before it is told, and told before the
 * job is accepted.
 */
final class JobRun implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(JobRun.class);
    private static final Duration BEFORE_RELEASE = Duration.ofSeconds(30);

    private final Lease lease;
    private final JobRecord record;
    private final JobStages stages;
    private final Settling settling;
    private final Announcer announcer;
    private final Patience patience;
    /** The job is to go to another worker, or has gone. */
    private final StopSignal handBack = new StopSignal();
    /** Somebody asked for the job to be cancelled. */
    private final StopSignal cancel = new StopSignal();

    private final StopSignal stop = new StopSignal(); // one of the two: the stages need not know which
    private final Handover handover;
    private final int attempt;
    private Optional<Workroom.Place> place = Optional.empty(); // once the work began
    private Optional<JobTimer> startedTimer = Optional.empty(); // once the job was said to have begun

    JobRun(Lease lease, JobStages stages, Settling settling, Watched watched) {
        this.lease = lease;
        this.record = lease.record();
        this.stages = stages;
        this.settling = settling;
        this.announcer = stages.announcer(lease, watched);
        this.attempt = RetryHeaders.attempt(record);
        this.patience = new Patience(record.position(), stages.retries(), handBack, stages::recovery);
        this.handover = stages.handover(lease, handBack);
        handBack.whenRaised(stop::raise);
        cancel.whenRaised(stop::raise);
        lease.onLost(this::stop);
    }

    /** Ends the job at its next step; if its lease still holds, another worker gets it. */
    void stop() {
        handBack.raise();
    }

    @Override
    public void run() {
        try {
            Outcome outcome = outcome();
            settle(outcome);
            if (!(outcome instanceof Outcome.HandedBack)) {
                handover.end();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stages.precautions().letGoSoon(record);
            lease.release();
        } catch (RuntimeException | Error e) {
            log.error("The job at {} cannot be settled; it will be delivered again", record.position(), e);
            releaseLater();
        } finally {
            place.ifPresent(Workroom.Place::close);
        }
    }

    /** A release has no delay of its own at the broker: without one here a broken worker would use up all deliveries. */
    private void releaseLater() {
        try {
            handBack.await(BEFORE_RELEASE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lease.release();
    }

    /** Until it succeeds, the lease is lost or the worker drains; then another worker finds the outcome in the bucket. */
    private void settle(Outcome first) throws InterruptedException {
        Outcome outcome = first;
        for (int failures = 1; ; failures++) {
            if (outcome instanceof Outcome.HandedBack) {
                stages.precautions().letGo(record);
            }
            try {
                settling.settle(lease, announcer, outcome);
                return;
            } catch (UnsettledException e) {
                if (e.isForGood() && outcome instanceof Outcome.Later later) {
                    outcome = concludedOrHandedBack(later.failure());
                    continue;
                }
                Duration wait = stages.retries().outage(failures);
                log.warn("The job at {}, tried again in {}: {}", record.position(), wait, e.getMessage());
                if (handBack.await(wait) && outcome instanceof Outcome.Later) {
                    outcome = new Outcome.HandedBack();
                } else if (handBack.isRaised()) { // the bucket knows how it ended: no work begins again
                    lease.release();
                    return;
                }
            }
        }
    }

    private Outcome outcome() throws InterruptedException {
        try {
            CheckIn.Result result = new CheckIn(record, attempt, stages.ledger(), patience, announcer.watch()).run();
            if (result instanceof CheckIn.Result.Ended ended) {
                return ended.outcome();
            }
            return develop((CheckIn.Result.Admitted) result);
        } catch (StoppedException e) {
            return new Outcome.HandedBack();
        } catch (JobLedger.UnreadableException e) {
            return untold(e);
        }
    }

    /**
     * A job of which the bucket cannot say how it stands. A worker of another version may read it; when none did, the job
     * ends without the bucket, or it would be delivered for ever, or dropped by the broker without a word.
     */
    private Outcome untold(JobLedger.UnreadableException cause) {
        if (!stages.precautions().isLastDelivery(record)) {
            throw cause;
        }
        String id = JobIdentity.of(record.value()).orElseThrow().id();
        log.error("Job {}: {}", id, cause.getMessage(), cause);
        return Outcome.of(new JobEvent.Failed(
                id,
                attempt,
                Optional.empty(),
                FailureCode.INTERNAL,
                "What the bucket has under the job's id (claim.json, outcome.json) cannot be read"));
    }

    private Outcome develop(CheckIn.Result.Admitted admitted) throws StoppedException, InterruptedException {
        GenerationJob job = admitted.job();
        CancelWatch watch = stages.cancels().watch(job.id(), request -> cancel.raise());
        try (watch) {
            enter(admitted);
            return concluded(pictures(admitted));
        } catch (StoppedException e) {
            if (handBack.isRaised()) {
                throw e;
            }
            return unfinished(new JobEvent.Cancelled(job.id(), attempt, job.context(), e.step()));
        } catch (JobFailedException e) {
            return failed(job, e);
        } catch (ExpiredException e) {
            return unfinished(new JobEvent.Expired(job.id(), attempt, job.context(), e.step()));
        }
    }

    /** Waits for a place among the jobs that are worked on, or for one without any others. */
    private void enter(CheckIn.Result.Admitted admitted)
            throws JobFailedException, StoppedException, InterruptedException {
        int deaths = patience.await(() -> stages.precautions().deaths(admitted, record));
        place = Optional.of(stages.precautions().enter(deaths, stop));
        patience.await(() -> {
            stages.precautions().begin(admitted.job().id(), record);
            return deaths;
        });
    }

    /** In the model's own precision; once more in float32, where float16 was too small for the job's numbers. */
    private JobEvent pictures(CheckIn.Result.Admitted admitted)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        try {
            return pictures(admitted, Optional.empty());
        } catch (NonFiniteJobException e) {
            if (e.precision() == Precision.FP32) {
                throw e;
            }
            stages.tellRetry(announcer, admitted.job(), attempt, e, Duration.ZERO);
            return pictures(admitted, Optional.of(Precision.FP32));
        }
    }

    /** The model is held until the pictures are finished, and for nothing that waits on the bucket. */
    private JobEvent pictures(CheckIn.Result.Admitted admitted, Optional<Precision> precision)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        GenerationJob job = admitted.job();
        Developed developed;
        JobTimer timer;
        stopIfAsked();
        if (!admitted.takenBefore()) { // else the pictures may be there, and the model is wanted after the deadline too
            stages.checkDeadline(job);
        }
        Optional<GivenPictures> given = named(job, () -> patience.until(stop).await(() -> stages.inputs(job, stop)));
        try (BorrowedModel borrowed = named(job, () -> stages.borrow(job, precision, admitted.takenBefore(), stop))) {
            ResolvedJob resolved = named(job, () -> stages.resolve(job, given, borrowed.model()));
            Optional<JobEvent> finished = admitted.takenBefore()
                    ? named(job, () -> patience.await(() -> stages.finished(resolved)))
                    : Optional.empty();
            if (finished.isPresent()) {
                return finished.get();
            }
            stages.checkDeadline(job);
            stopIfAsked();
            timer = started(resolved);
            developed = named(job, () -> stages.develop(record, announcer, resolved, attempt, timer, stop, handover));
        }
        // No deadline from here on: the pictures are there, and a bucket that is away does not undo them.
        return stored(job, developed, timer);
    }

    /** Says that the job begins, the first time. */
    private JobTimer started(ResolvedJob resolved) {
        startedTimer = startedTimer.or(() -> Optional.of(stages.start(record, announcer, resolved, attempt)));
        return startedTimer.orElseThrow();
    }

    /** Tries until the bucket has the pictures: they are kept, and not made again. */
    private JobEvent stored(GenerationJob job, Developed developed, JobTimer timer)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        for (int failures = 1; ; failures++) {
            try (Recovery recovery = stages.recovery()) {
                try {
                    return named(job, () -> stages.store(developed, attempt, timer, stop));
                } catch (JobFailedException e) {
                    if (e.code() != FailureCode.STORAGE_UNAVAILABLE) {
                        throw e;
                    }
                    Duration wait = stages.retries().outage(failures);
                    log.warn("Job {}: {}, tried again in {}: {}", job.id(), e.code(), wait, e.reason());
                    stages.tellUploadRetry(announcer, job, attempt, e, wait);
                    stop.await(wait, recovery.back());
                }
            }
        }
    }

    /** A job that failed: it is tried again later, or ends so. */
    private Outcome failed(GenerationJob job, JobFailedException e) throws StoppedException, InterruptedException {
        JobEvent.Failed failure = new JobEvent.Failed(job.id(), attempt, job.context(), e.code(), e.reason());
        Optional<Outcome> later = stages.later(record, failure, e, announcer.context());
        return later.isPresent() ? later.get() : unfinished(failure);
    }

    /** A job that ends without pictures, unless another worker has it by now and may still finish it. */
    private Outcome unfinished(JobEvent terminal) throws StoppedException, InterruptedException {
        if (lease.isLost()) {
            throw new StoppedException();
        }
        return concluded(terminal);
    }

    private Outcome concluded(JobEvent terminal) throws StoppedException, InterruptedException {
        return Outcome.of(patience.await(() -> stages.ledger().conclude(terminal)));
    }

    private Outcome concludedOrHandedBack(JobEvent terminal) throws InterruptedException {
        try {
            return unfinished(terminal);
        } catch (StoppedException e) {
            return new Outcome.HandedBack();
        }
    }

    private interface Stage<T> {
        T run() throws JobFailedException, ExpiredException, StoppedException, InterruptedException;
    }

    /** What no stage expected is an internal error: its cause stays in the log, under an id that the event carries. */
    private <T> T named(GenerationJob job, Stage<T> stage)
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

    private void stopIfAsked() throws StoppedException {
        if (stop.isRaised()) {
            throw new StoppedException();
        }
    }
}
