package dev.darkroom.worker.lag;

import java.time.Instant;
import java.util.Optional;

/** Adds up the work of a lane. Not thread-safe. */
final class LaneSum {
    private long jobs;
    private long inFlight;
    private double seconds;
    private Optional<Instant> oldest = Optional.empty();

    /** Jobs that have not ended, and what they take in seconds of a worker. */
    void add(long more, double moreSeconds) {
        jobs += more;
        seconds += moreSeconds;
    }

    /** Some of the jobs run. */
    void addInFlight(long more) {
        inFlight += more;
    }

    /** One of the jobs waits since then. */
    void waits(Instant since) {
        oldest = Optional.of(oldest.filter(first -> first.isBefore(since)).orElse(since));
    }

    long jobs() {
        return jobs;
    }

    double seconds() {
        return seconds;
    }

    LagReading.LaneLag lag(double replicas) {
        return new LagReading.LaneLag(jobs, Math.min(inFlight, jobs), seconds, oldest, replicas);
    }
}
