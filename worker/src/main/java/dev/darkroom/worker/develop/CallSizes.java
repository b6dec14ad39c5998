package dev.darkroom.worker.develop;

import java.util.Map;
import java.util.WeakHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many rows a call of the UNet may have, by model and size: so many as the loop allows, as are worth it by what was
 * measured ({@link CallCost}), and as fit the memory. Belongs to the loop's thread.
 *
 * <p>Where jobs do not share calls ({@link CallRules}) the number of rows is part of the picture. There nothing is learned from one job for
 * another: a job that did not fit has smaller calls until it ends, and the next one begins with all rows again.
 */
final class CallSizes {
    private static final Logger log = LoggerFactory.getLogger(CallSizes.class);
    /** So many calls that fit later, what had fitted before a shortage is tried again. */
    private static final int CALLS_OF_A_SHORTAGE = 100;

    /** The calls of one model and size so far. */
    private static final class Experience {
        int largestThatFitted;
        int most = Integer.MAX_VALUE;
        int mostInShortage;
        int callsOfShortage; // that it still lasts

        int most() {
            return callsOfShortage > 0 ? Math.min(most, mostInShortage) : most;
        }
    }

    private final CallRules rules;
    private final CallCost costs = new CallCost();
    private final BySize<Experience> learned = new BySize<>(Experience::new);

    /** Most rows for jobs that did not fit, of models whose jobs do not share calls. */
    private final Map<Generation, Integer> ofJobs = new WeakHashMap<>();

    /**
     * Begins with no experience.
     *
     * @param rules how many rows any call may have, and who shares them
     */
    CallSizes(CallRules rules) {
        this.rules = rules;
    }

    CallRules rules() {
        return rules;
    }

    /** What calls take, as far as it was measured. */
    CallCost costs() {
        return costs;
    }

    /** Most rows of a call that a job leads. */
    int most(Generation leader) {
        DevelopRequest request = leader.request();
        int useful = sharesCalls(leader) ? costs.usefulRows(request, rules.maxRows()) : rules.maxRows();
        int fitting = sharesCalls(leader) ? learned.of(request).most() : ofJobs.getOrDefault(leader, Integer.MAX_VALUE);
        return rules.filling().whole(Math.min(useful, fitting));
    }

    /** Says that the memory was enough for a call. */
    void fitted(Batch batch) {
        if (!sharesCalls(batch.leader())) {
            return;
        }
        Experience experience = learned.of(batch.request());
        experience.largestThatFitted = Math.max(experience.largestThatFitted, batch.rows());
        experience.callsOfShortage = Math.max(0, experience.callsOfShortage - 1);
    }

    /**
     * Says that it was not. As many rows as never fitted are not tried again: the next call has half as many, or as many as
     * ever fitted if that is more. As many as did fit are: others take more of the memory now, and may give it back.
     */
    void tooLarge(Batch batch) {
        int half = Math.max(1, batch.rows() / 2);
        if (!sharesCalls(batch.leader())) {
            ofJobs.put(batch.leader(), half);
            warn(batch, half, "until this job ends");
            return;
        }
        Experience experience = learned.of(batch.request());
        if (experience.largestThatFitted >= batch.rows()) {
            experience.mostInShortage = half;
            experience.callsOfShortage = CALLS_OF_A_SHORTAGE;
            warn(batch, half, "for " + CALLS_OF_A_SHORTAGE + " calls, for more have fitted before");
        } else {
            experience.most = Math.max(experience.largestThatFitted, half);
            warn(batch, experience.most, "from now on");
        }
    }

    private static void warn(Batch batch, int most, String howLong) {
        log.warn(
                "A call of {} rows did not fit the memory: model {} has at most {} in a call at {}x{} {}",
                batch.rows(),
                batch.request().model().description().id(),
                most,
                batch.request().width(),
                batch.request().height(),
                howLong);
    }

    private boolean sharesCalls(Generation job) {
        return rules.share(job.request().model());
    }
}
