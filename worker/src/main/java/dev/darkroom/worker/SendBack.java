package dev.darkroom.worker;

import dev.darkroom.worker.JobLedger.Standing;
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
 * <p>That a letter was sent back is written to the bucket before, so of two operators who send it at once one does. Only if
 * they insist, or send two letters of one job, may it come twice; that is harmless, for it has one outcome all the same.
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
        Standing standing = job.isPresent() ? ledger.standing(job.get()) : Standing.OPEN;
        Optional<String> obstacle = obstacle(letter, standing);
        if (obstacle.isPresent()) {
            return new Result.Left(obstacle.get());
        }
        if (job.isEmpty()) {
            return new Result.Left(
                    "no job id can be read in it, so it would fail again; --force sends it all the same");
        }
        if (standing == Standing.OPEN && !letter.isBrokers()) {
            return new Result.Left(
                    "the bucket knows of no failure, so the job was sent back before and waits, runs or was"
                            + " cut short; --force sends it again");
        }
        if (!ledger.markSentBack(job.get().id(), nameOf(letter))) {
            return new Result.Left("it was sent back before; --force sends it again");
        }
        return send(letter, job.get(), standing);
    }

    /** The same, even if it was done before. */
    Result again(DeadLetter letter) throws StorageException, IntakeException {
        Optional<JobIdentity> job = JobIdentity.of(letter.record().value());
        Standing standing = job.isPresent() ? ledger.standing(job.get()) : Standing.OPEN;
        Optional<String> obstacle = obstacle(letter, standing);
        if (obstacle.isPresent()) {
            return new Result.Left(obstacle.get());
        }
        if (job.isEmpty()) {
            return sent(letter);
        }
        ledger.markSentBack(job.get().id(), nameOf(letter));
        return send(letter, job.get(), standing);
    }

    /** Why no one can send it, however much insisted on. */
    private static Optional<String> obstacle(DeadLetter letter, Standing standing) {
        if (letter.isWithoutValue()) {
            String where = letter.origin()
                    .map(origin -> "; perhaps it is still at " + origin)
                    .orElse("");
            return Optional.of("the job is not in it, it was too large for the topic" + where);
        }
        return switch (standing) {
            case TAKEN -> Optional.of("its id belongs to another job, so it would be refused again");
            case ENDED -> Optional.of("the job has ended in another way since, and that stands");
            case UNREADABLE -> Optional.of("what the bucket has under its id cannot be read");
            case OPEN, FAILED -> Optional.empty();
        };
    }

    /** Its position, and its time: a topic that was made anew begins at offset 0 again. */
    private static String nameOf(DeadLetter letter) {
        return letter.position().partition() + "-" + letter.position().offset() + "-"
                + letter.record().timestamp().toEpochMilli();
    }

    private Result send(DeadLetter letter, JobIdentity job, Standing standing)
            throws StorageException, IntakeException {
        if (standing == Standing.FAILED) {
            ledger.forgetOutcome(job.id());
        }
        return sent(letter);
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
