package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How often a stage of a job is tried again, and after which waits. The job keeps its lease meanwhile. A bucket that is
 * away is waited for without end: no job fails by it, and a worker that waits takes no other.
 */
final class RetryPolicy {
    private static final List<Integer> STORAGE = List.of(1, 5, 30, 120);
    private static final List<Integer> MEMORY = List.of(1);
    private static final List<Integer> OTHERS = List.of(1, 5, 30);
    private static final double JITTER = 0.2;

    private final RandomGenerator random;
    private final Duration unit;

    RetryPolicy(RandomGenerator random) {
        this(random, Duration.ofSeconds(1));
    }

    /**
     * Makes a policy of another pace.
     *
     * @param unit what the waits are multiples of
     */
    RetryPolicy(RandomGenerator random, Duration unit) {
        this.random = random;
        this.unit = unit;
    }

    /**
     * The wait before the next try, give or take a fifth; empty when there is none: the code is one that no try helps, or
     * this failure of its code is.
     *
     * @param failures how often the stage failed so far, at least 1
     */
    Optional<Duration> wait(JobFailedException failure, int failures) {
        if (!failure.mayPass()) {
            return Optional.empty();
        }
        FailureCode code = failure.code();
        if (code == FailureCode.STORAGE_UNAVAILABLE) {
            return Optional.of(settlement(failures));
        }
        List<Integer> waits = code == FailureCode.OUT_OF_MEMORY ? MEMORY : OTHERS;
        return failures > waits.size() ? Optional.empty() : Optional.of(jittered(waits.get(failures - 1)));
    }

    /** The wait before a job's last acts are tried again: they are, until they succeed. */
    Duration settlement(int failures) {
        return jittered(STORAGE.get(Math.min(failures, STORAGE.size()) - 1));
    }

    private Duration jittered(int units) {
        double millis = unit.multipliedBy(units).toMillis() * (1 - JITTER + 2 * JITTER * random.nextDouble());
        return Duration.ofMillis(Math.round(millis));
    }
}
