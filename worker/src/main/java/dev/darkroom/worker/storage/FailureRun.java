package dev.darkroom.worker.storage;

import java.time.Duration;

/** Requests that failed in a row, and whether they are an outage. Not thread-safe. */
final class FailureRun {
    /** One request that fails is no outage, nor are many that fail in the same moment. */
    private static final int FAILURES = 3;

    private static final Duration LEAST_SPAN = Duration.ofSeconds(2);

    private int length;
    private long beganNanos;

    /** A request failed, at a time in {@link System#nanoTime}'s terms. */
    void add(long nowNanos) {
        if (length == 0) {
            beganNanos = nowNanos;
        }
        length++;
    }

    /** A request was answered. */
    void end() {
        length = 0;
    }

    boolean isOutage(long nowNanos) {
        return length >= FAILURES && nowNanos - beganNanos >= LEAST_SPAN.toNanos();
    }
}
