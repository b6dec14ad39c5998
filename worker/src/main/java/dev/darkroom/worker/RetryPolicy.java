package dev.darkroom.worker;

import dev.darkroom.worker.intake.RetrySchedule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What is waited for, and how long. A failed job goes to the topic of retries and frees its worker. A bucket or a Kafka
 * that is away is waited for under the lease, without end: no job fails by it, its pictures are kept, and a worker that
 * waits takes no other.
 */
final class RetryPolicy {
    private static final List<Integer> OUTAGE = List.of(1, 5, 30, 120);
    private static final double JITTER = 0.2;

    private final RetrySchedule schedule;
    private final RandomGenerator random;
    private final Duration unit;

    RetryPolicy(RetrySchedule schedule, RandomGenerator random) {
        this(schedule, random, Duration.ofSeconds(1));
    }

    /**
     * Makes a policy of another pace.
     *
     * @param unit what the waits for bucket and Kafka are multiples of
     */
    RetryPolicy(RetrySchedule schedule, RandomGenerator random, Duration unit) {
        this.schedule = schedule;
        this.random = random;
        this.unit = unit;
    }

    /**
     * The wait before a failed job's next attempt; empty when there is none: the code is one that no attempt helps, this
     * failure of its code is, or there were enough.
     *
     * @param attempt the one that failed, counted from 1
     */
    Optional<Duration> nextAttempt(JobFailedException failure, int attempt) {
        return failure.mayPass() ? schedule.afterFailure(failure.code(), attempt) : Optional.empty();
    }

    /**
     * The wait before a bucket or a Kafka that is away is asked again, give or take a fifth.
     *
     * @param failures how often it did not answer so far, at least 1
     */
    Duration outage(int failures) {
        double millis = unit.multipliedBy(OUTAGE.get(Math.min(failures, OUTAGE.size()) - 1))
                        .toMillis()
                * (1 - JITTER + 2 * JITTER * random.nextDouble());
        return Duration.ofMillis(Math.round(millis));
    }
}
