package dev.darkroom.worker.intake;

import java.util.concurrent.CompletionStage;

/**
 * One worker's claim to one job. The source renews it until it is settled; it is settled once, by the first of {@code
 * accept}, {@code release} and {@code reject} (each further call returns the first one's stage). A claim is lost when
 * the broker gave the job to someone else: then nothing more may be published for it here.
 *
 * <p>Thread-safe. Stages complete on the source's thread; what hangs on them must return at once.
 */
public interface Lease {
    /** What became of a settlement. */
    enum Settlement {
        /** The broker has it. */
        SETTLED,
        /** The claim was lost before: the job is, or will be, another lease's. */
        LOST
    }

    JobRecord record();

    /** Settles the job as done: nobody gets it again. */
    CompletionStage<Settlement> accept();

    /** Hands the job back: it is delivered again at once, its delivery count one higher. */
    CompletionStage<Settlement> release();

    /** Gives the job up: nobody gets it again, and the broker writes its own dead letter where it is set up to. */
    CompletionStage<Settlement> reject();

    /** Whether the claim was lost. Once true, always true. */
    boolean isLost();

    /** Runs the action once when the claim is lost, at once if it already is; must return at once. */
    void onLost(Runnable action);
}
