package dev.darkroom.worker.ops;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.util.Optional;

/**
 * Hears what happens to one delivery of a job, from the stages that it goes through. Each method returns at once, and may
 * be called by any thread; none changes what becomes of the job.
 */
public interface JobWatch extends AutoCloseable {
    /** Hears nothing. */
    JobWatch NONE = new JobWatch() {
        @Override
        public void identified(String jobId) {}

        @Override
        public void begins(BegunJob job) {}

        @Override
        public void stepped(int done) {}

        @Override
        public void enters(String phase) {}

        @Override
        public void uploadFailed() {}

        @Override
        public void ended(JobEvent last, Optional<FailureCode> buried) {}

        @Override
        public void handedBack() {}

        @Override
        public void leaseLost() {}

        @Override
        public void close() {}
    };

    /**
     * The record is a job, valid or not, of this id.
     *
     * @param jobId one that {@link dev.darkroom.job.JobRules} allow
     */
    void identified(String jobId);

    /** The work on its pictures begins. */
    void begins(BegunJob job);

    /** So many steps are done. */
    void stepped(int done);

    /**
     * The job is in another phase.
     *
     * @param phase one of a few words, e.g. {@code denoise}
     */
    void enters(String phase);

    /** The bucket did not take the pictures; they are uploaded again. */
    void uploadFailed();

    /**
     * The delivery is settled.
     *
     * @param last the event that was told at its end: a terminal one, {@code rejected} or {@code retrying}
     * @param buried why it became a dead letter, if it did
     */
    void ended(JobEvent last, Optional<FailureCode> buried);

    /** The job goes to another worker, unfinished. */
    void handedBack();

    /** The job is another worker's before it was settled here. */
    void leaseLost();

    /** Nothing more will be heard of this delivery. */
    @Override
    void close();
}
