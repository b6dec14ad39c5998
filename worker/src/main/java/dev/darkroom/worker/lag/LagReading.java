package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How much work there was at a moment.
 *
 * @param lanes those that workers take jobs from
 * @param later jobs in the retry topic that are not due for longer than their lane's work may wait
 * @param busyWorkers workers that have begun a job and not ended it
 * @param desiredReplicas how many workers it takes
 * @param models what is known of the models
 */
record LagReading(
        Instant at,
        Map<Lane, LaneLag> lanes,
        Later later,
        int busyWorkers,
        int desiredReplicas,
        Map<String, ModelTime> models) {
    /**
     * The work of one lane.
     *
     * @param jobs that have not ended, those that run and those whose next attempt is due included
     * @param inFlight of those, the ones that run
     * @param seconds that a worker needs for what is left of them
     * @param oldest since when the job waits that waits for the longest time
     * @param replicas how many workers do the work in the time that the lane has for it; not rounded
     */
    record LaneLag(long jobs, long inFlight, double seconds, Optional<Instant> oldest, double replicas) {}

    /** Work that is not to be done yet. */
    record Later(long jobs, double seconds) {}

    /**
     * What is known of a model.
     *
     * @param stepSeconds what a step of one picture of 512x512 takes
     * @param jobs how many told it
     */
    record ModelTime(double stepSeconds, long jobs) {}

    public LagReading {
        lanes = Collections.unmodifiableMap(new EnumMap<>(lanes));
        models = Collections.unmodifiableMap(new TreeMap<>(models));
    }

    /** Jobs that have not ended, of all lanes. */
    long jobs() {
        return lanes.values().stream().mapToLong(LaneLag::jobs).sum();
    }

    /** Of those, the ones that run. */
    long inFlight() {
        return lanes.values().stream().mapToLong(LaneLag::inFlight).sum();
    }

    /** What is left of them, in seconds of a worker. */
    double seconds() {
        return lanes.values().stream().mapToDouble(LaneLag::seconds).sum();
    }
}
