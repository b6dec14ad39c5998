package dev.darkroom.worker.intake;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One worker's claim to one job. The source renews it until it is settled; it is settled once, by the first of {@code
 * conclude} and {@code release} that does not fail (calls meanwhile and afterwards return that one's stage). A claim is
 * lost when the broker gave the job to someone else: then nothing more may be published for it here.
 *
 * <p>Thread-safe; no method waits. Stages complete on the source's threads; what hangs on them must return at once.
 */
public interface Lease {
    /** What became of a settlement. */
    enum Settlement {
        /** The broker has it. */
        SETTLED,
        /** The claim was lost before, or it is not certain that it was not: the job may come again, here or elsewhere. */
        LOST
    }

    JobRecord record();

    /**
     * Writes the job's last records, then settles the job as done: nobody gets it again. With a consumer group both are
     * one transaction; with a share group the records are written first, so that they are written again if the worker
     * dies, or loses its claim, between the two.
     *
     * <p>The stage completes with {@code LOST} when the claim was lost before: then nothing is written. It completes
     * exceptionally with an {@link IntakeException} when Kafka did not take a record: the claim goes on, and may be
     * settled again. An {@link OversizedRecordException} says that the same records will be refused again.
     *
     * @param last in the order in which they are written; may be empty
     */
    CompletionStage<Settlement> conclude(List<OutgoingRecord> last);

    /** Hands the job back: it is delivered again at once, its delivery count one higher. */
    CompletionStage<Settlement> release();

    /** Whether the claim was lost. Once true, always true. */
    boolean isLost();

    /** Runs the action once when the claim is lost, at once if it already is; must return at once. */
    void onLost(Runnable action);
}
