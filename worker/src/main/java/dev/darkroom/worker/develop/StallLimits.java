package dev.darkroom.worker.develop;

import java.time.Duration;

/**
 * How long a step may take, and what follows.
 *
 * @param timeout after which a step is ended and its jobs fail
 * @param ending how long a step may then take to end
 * @param onHopeless run once, on a thread of the loop's own, when a step did not end, or when a second one was too slow:
 *     the device is not to be trusted any more. Must return at once
 */
public record StallLimits(Duration timeout, Duration ending, Runnable onHopeless) {
    /** For whoever has nothing to exchange: a step that takes half an hour is ended. */
    static final StallLimits GENEROUS = new StallLimits(Duration.ofMinutes(30), Duration.ofMinutes(1), () -> {});

    public StallLimits {
        if (timeout.isNegative() || timeout.isZero() || ending.isNegative() || ending.isZero()) {
            throw new IllegalArgumentException(
                    "The times for a step and for its end must be positive, but are " + timeout + " and " + ending);
        }
    }
}
