package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.intake.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job from its record to its settlement, top to bottom, on a thread of its own (which mostly waits: for the loop, for
 * the bucket). The order of a job's last acts makes it effectively once: pictures, manifest, terminal event, accept.
 */
final class JobRun implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(JobRun.class);

    private final Lease lease;
    private final JobStages stages;
    private final Settling settling;
    private final Announcer announcer;
    private final StopSignal stop = new StopSignal();
    private int attempt;

    JobRun(Lease lease, JobStages stages, Settling settling) {
        this.lease = lease;
        this.stages = stages;
        this.settling = settling;
        this.announcer = stages.announcer(lease.record());
        this.attempt = lease.record().deliveryCount();
        lease.onLost(this::stop);
    }

    /** Ends the job at its next step; if its lease still holds, another worker gets it. */
    void stop() {
        stop.raise();
    }

    @Override
    public void run() {
        try {
            settling.settle(lease, announcer, outcome());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            lease.release();
        } catch (RuntimeException | Error e) {
            // Not settled: the job goes to a worker that can settle it.
            log.error(
                    "The job at {} is not settled; it will be delivered again",
                    lease.record().position(),
                    e);
            lease.release();
        }
    }

    private Outcome outcome() throws InterruptedException {
        GenerationJob job;
        try {
            job = JobCodec.decode(lease.record().value());
        } catch (InvalidJobException e) {
            return settling.refuse(lease.record(), e, attempt);
        }
        try {
            return develop(job);
        } catch (JobFailedException e) {
            log.warn("Job {} failed for good, {}: {}", job.id(), e.code(), e.reason());
            return new Outcome.Dead(new JobEvent.Failed(job.id(), attempt, job.context(), e.code(), e.reason()));
        } catch (ExpiredException e) {
            return new Outcome.Told(new JobEvent.Expired(job.id(), attempt, job.context(), e.step()));
        } catch (StoppedException e) {
            return new Outcome.HandedBack();
        }
    }

    private Outcome develop(GenerationJob job)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        ResolvedJob resolved = retrying(job, () -> stages.resolve(job));
        Optional<Outcome> earlier = retrying(job, () -> stages.claim(resolved, attempt));
        if (earlier.isPresent()) {
            return earlier.get();
        }
        if (lease.record().deliveryCount() >= stages.deliveryLimit()) {
            return worn(job);
        }
        JobTimer timer = stages.start(lease.record(), announcer, resolved, attempt);
        List<EncodedImage> images = retrying(job, () -> stages.develop(announcer, resolved, attempt, timer, stop));
        return new Outcome.Told(retrying(job, () -> stages.store(resolved, attempt, images, timer)));
    }

    /**
     * The last delivery that the broker allows is not for another try: whatever ended the workers before may end this one
     * too, and then nobody could tell the job's owner.
     */
    private Outcome worn(GenerationJob job) {
        String reason = "Delivered " + lease.record().deliveryCount()
                + " times: each time its worker died or stopped before the job was done";
        log.warn("Job {}: given up. {}", job.id(), reason);
        return new Outcome.Dead(new JobEvent.Failed(job.id(), attempt, job.context(), FailureCode.INTERNAL, reason));
    }

    /** A part of the job that may fail for a while. What was done before it is kept. */
    private interface Stage<T> {
        T run() throws JobFailedException, ExpiredException, StoppedException, InterruptedException;
    }

    private <T> T retrying(GenerationJob job, Stage<T> stage)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        for (Duration wait : stages.retries().waits()) {
            stopIfAsked();
            try {
                return attempt(job, stage);
            } catch (JobFailedException e) {
                if (!e.code().retriable()) {
                    throw e;
                }
                log.warn("Job {}: {}, tried again in {}: {}", job.id(), e.code(), wait, e.reason());
                stages.tellRetry(announcer, job, attempt, e, wait);
                stop.await(wait);
                attempt++;
            }
        }
        stopIfAsked();
        return attempt(job, stage);
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

    private void stopIfAsked() throws StoppedException {
        if (stop.isRaised()) {
            throw new StoppedException();
        }
    }

    /** The job ends here without an outcome: its lease was lost, or the worker drains. */
    static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** The job's deadline passed before its pictures were ready. */
    static final class ExpiredException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int step;

        ExpiredException(int step) {
            super("The deadline passed after step " + step);
            this.step = step;
        }

        /** How many steps had been done. */
        int step() {
            return step;
        }
    }
}
