package dev.darkroom.worker.config;

/**
 * How often a job is tried.
 *
 * @param attempts the most, the first one included
 */
public record RetryConfig(int attempts) {
    /** The most that can be configured: a header that names a higher attempt is nobody's. */
    public static final int MOST_ATTEMPTS = 20;

    public RetryConfig {
        new Rules()
                .check(
                        attempts >= 1 && attempts <= MOST_ATTEMPTS,
                        "retry.attempts",
                        "must be 1-" + MOST_ATTEMPTS,
                        attempts)
                .raise();
    }
}
