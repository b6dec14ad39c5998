package dev.darkroom.worker;

import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.storage.StorageException;
import java.util.Optional;

/**
 * Has the jobs of dead letters tried anew. First the bucket forgets that the job failed, or it would be answered with that
 * failure; then the job is sent. Whoever dies between the two leaves a letter that looks as if it had been sent back: it
 * has to be insisted on.
 *
 * <p>Two operators who send the same letter back at once may both send it. That is harmless: a job that comes twice has
 * one outcome. If it ended before the slower of the two had the bucket forget, it is done again or, if it was completed,
 * told again from its manifest.
 */
final class SendBack {
    /** What became of a letter. */
    sealed interface Result {
        /** Its job is in the topic. */
        record Sent(String topic) implements Result {}

        /** Nothing was sent, for this reason. */
        record Left(String reason) implements Result {}
    }

    /** Puts a record into a topic and returns when the brokers have it. */
    interface Sender {
        void write(OutgoingRecord record) throws IntakeException;
    }

    private final JobLedger ledger;
    private final Sender sender;
    private final TopicsConfig topics;

    SendBack(JobLedger ledger, Sender sender, TopicsConfig topics) {
        this.ledger = ledger;
        this.sender = sender;
        this.topics = topics;
    }

    /** Sends a letter's job back, unless that was done before or makes no sense. */
    Result once(DeadLetter letter) throws StorageException, IntakeException {
        Optional<JobIdentity> job = JobIdentity.of(letter.record().value());
        if (job.isEmpty() && !letter.isWithoutValue()) {
            return new Result.Left(
                    "no job id can be read in it, so it would fail again; --force sends it all the same");
        }
        return send(letter, job, letter.isBrokers());
    }

    /** The same, even if it was done before. */
    Result again(DeadLetter letter) throws StorageException, IntakeException {
        return send(letter, JobIdentity.of(letter.record().value()), true);
    }

    /**
     * @param evenIfOpen whether a job without an outcome is sent; what the broker wrote never had one
     */
    private Result send(DeadLetter letter, Optional<JobIdentity> job, boolean evenIfOpen)
            throws StorageException, IntakeException {
        if (letter.isWithoutValue()) {
            return new Result.Left("the job is not in it, it was too large for the topic"
                    + letter.origin()
                            .map(origin -> "; perhaps it is still at " + origin)
                            .orElse(""));
        }
        JobLedger.Reopening reopening;
        try {
            reopening = job.isPresent() ? ledger.reopen(job.get()) : JobLedger.Reopening.OPEN;
        } catch (IllegalStateException e) {
            return new Result.Left("what the bucket has under its id cannot be read: " + e.getMessage());
        }
        return switch (reopening) {
            case TAKEN -> new Result.Left("its id belongs to another job, so it would be refused again");
            case ENDED -> new Result.Left("the job has ended in another way since, and that stands");
            case REOPENED -> sent(letter);
            case OPEN ->
                evenIfOpen
                        ? sent(letter)
                        : new Result.Left(
                                "the bucket knows of no failure, so it was sent back before and waits, runs or was"
                                        + " cut short; --force sends it again");
        };
    }

    private Result sent(DeadLetter letter) throws IntakeException {
        OutgoingRecord job = letter.again(topics);
        try {
            sender.write(job);
        } catch (IntakeException e) {
            throw new IntakeException(
                    "The dead letter at " + letter.position() + " may not be back; send it again with --force. "
                            + e.getMessage(),
                    e);
        }
        return new Result.Sent(job.topic());
    }
}
