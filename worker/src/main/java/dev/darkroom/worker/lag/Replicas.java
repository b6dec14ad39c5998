package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LagConfig;

/**
 * How many workers some work takes.
 *
 * <p>As many as do it in the time that its lane has for it, and no more than it has jobs, for a job is done by one worker.
 * But a worker that is at a job counts for itself: whoever takes it away gains nothing and has the job begun anew.
 */
final class Replicas {
    private final LagConfig config;

    Replicas(LagConfig config) {
        this.config = config;
    }

    /** For one lane, not rounded. */
    double of(Lane lane, long jobs, double seconds) {
        return Math.min((double) jobs, seconds / (config.targetWait(lane).toMillis() / 1000.0));
    }

    /**
     * For all together, within the bounds that are configured.
     *
     * @param lanes the sum of what the lanes take
     * @param busy workers that have a job
     */
    int of(double lanes, int busy) {
        long wanted = Math.max((long) Math.ceil(lanes), busy);
        return (int) Math.max(config.leastReplicas(), Math.min(wanted, config.mostReplicas()));
    }
}
