package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LoadedModel;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Keeps the calls with a model for a while, so that two models do not take turns in a cache call by call. Whose turn brings in
 * a model while jobs of the present one are there pays for {@link #CALLS} calls, and leads as many as that is enough for. Belongs
 * to the loop's thread.
 */
final class Stay {
    /** Like the first one. */
    static final int CALLS = 4;

    private WeakReference<LoadedModel> model = new WeakReference<>(null); // of the last call; others own it
    private Share payer = Share.EQUAL;
    private long paid;

    /** How many calls a job's turn would pay for. */
    int calls(Generation job, Collection<Generation> inFlight) {
        return !isOfModel(job) && inFlight.stream().anyMatch(this::isOfModel) ? CALLS : 1;
    }

    /**
     * Who leads the next call because that is paid for: the oldest job of the payer and the model, while others wait for another
     * model.
     *
     * @param cost of the call that a job would lead
     */
    Optional<Generation> leader(Collection<Generation> oldestFirst, ToLongFunction<Generation> cost) {
        if (paid == 0 || oldestFirst.stream().allMatch(this::isOfModel)) {
            return Optional.empty();
        }
        return oldestFirst.stream()
                .filter(job -> isOfModel(job) && job.share().equals(payer))
                .findFirst()
                .filter(job -> cost.applyAsLong(job) <= paid);
    }

    /** Says that a call was made whose leader's turn paid for more than that. */
    void begin(Generation leader, long paidBesides) {
        model = new WeakReference<>(leader.request().model());
        payer = leader.share();
        paid = paidBesides;
    }

    /** Whether a call is paid for. */
    boolean isPaid() {
        return paid > 0;
    }

    /** Says that such a call was made. */
    void spend(long cost) {
        paid = Math.max(0, paid - cost);
    }

    Share payer() {
        return payer;
    }

    /** Ends the stay; tells what of it was not used. */
    long end() {
        long left = paid;
        paid = 0;
        return left;
    }

    private boolean isOfModel(Generation job) {
        return job.request().model().equals(model.get());
    }
}
