package dev.darkroom.worker.config;

import java.time.Duration;

/**
 * How often a job is tried, and when a try has failed that does not end.
 *
 * @param attempts the most, the first one included
 * @param stallTimeout how long a step of the UNet may take
 */
public record RetryConfig(int attempts, Duration stallTimeout) {
    /** The most that can be configured: a header that names a higher attempt is nobody's. */
    public static final int MOST_ATTEMPTS = 20;

    private static final Duration LONGEST_STALL = Duration.ofHours(24);

    public RetryConfig {
        new Rules()
                .check(
                        attempts >= 1 && attempts <= MOST_ATTEMPTS,
                        "retry.attempts",
                        "must be 1-" + MOST_ATTEMPTS,
                        attempts)
                .check(
                        stallTimeout.compareTo(Duration.ofSeconds(1)) >= 0
                                && stallTimeout.compareTo(LONGEST_STALL) <= 0,
                        "stall-timeout",
                        "must be PT1S-PT24H",
                        stallTimeout)
                .raise();
    }
}
