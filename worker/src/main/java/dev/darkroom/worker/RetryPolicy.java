package dev.darkroom.worker;

import java.time.Duration;
import java.util.List;

/**
 * How often a stage of a job is tried again, and after which waits. The job keeps its lease while it waits.
 *
 * @param waits one for each further attempt
 */
record RetryPolicy(List<Duration> waits) {
    static final RetryPolicy DEFAULT =
            new RetryPolicy(List.of(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(30)));

    RetryPolicy {
        waits = List.copyOf(waits);
    }
}
