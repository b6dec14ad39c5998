package dev.darkroom.worker.intake;

import dev.darkroom.event.FailureCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How long a failed job waits for its next attempt: 5 s, 30 s, 2 min, 10 min and 10 min from then on, give or take a
 * fifth, so that jobs which failed together do not come back together. As safe for use by several threads as its
 * generator.
 */
public final class RetrySchedule {
    private static final List<Integer> WAITS = List.of(5, 30, 120, 600);
    private static final double JITTER = 0.2;

    /** Ten minutes and a fifth: no wait is longer. */
    static final Duration LONGEST_WAIT = Duration.ofMinutes(12);

    private final int attempts;
    private final RandomGenerator random;
    private final Duration unit;

    /**
     * Makes a schedule in seconds.
     *
     * @param attempts the most attempts at a job, the first one included
     */
    public RetrySchedule(int attempts, RandomGenerator random) {
        this(attempts, random, Duration.ofSeconds(1));
    }

    /**
     * Makes a schedule of another pace.
     *
     * @param unit what the waits are multiples of, at most a second
     */
    public RetrySchedule(int attempts, RandomGenerator random, Duration unit) {
        if (attempts < 1 || unit.isNegative() || unit.compareTo(Duration.ofSeconds(1)) > 0) {
            throw new IllegalArgumentException(
                    "There must be at least 1 attempt, and the unit must be at most a second," + " but they are "
                            + attempts + " and " + unit);
        }
        this.attempts = attempts;
        this.random = random;
        this.unit = unit;
    }

    /**
     * The wait before the attempt that follows; empty when none does: the failure is of a kind that stays, it was the last
     * attempt, or memory was short another time.
     *
     * @param attempt the one that failed, counted from 1
     */
    public Optional<Duration> afterFailure(FailureCode code, int attempt) {
        int most = code == FailureCode.OUT_OF_MEMORY ? Math.min(2, attempts) : attempts;
        if (!code.retriable() || attempt >= most) {
            return Optional.empty();
        }
        Duration wait = unit.multipliedBy(WAITS.get(Math.min(attempt, WAITS.size()) - 1));
        return Optional.of(
                Duration.ofMillis(Math.round(wait.toMillis() * (1 - JITTER + 2 * JITTER * random.nextDouble()))));
    }
}
