package dev.darkroom.worker.bench;

import java.time.Duration;
import java.util.Collection;
import org.HdrHistogram.Histogram;

/**
 * Of some durations, in milliseconds, those that 50, 95 and 99 of a hundred do not exceed. To the millisecond up to four
 * minutes, to five digits beyond.
 */
public record Percentiles(long p50, long p95, long p99) {
    private static final int DIGITS = 5;

    /**
     * Takes the nearest rank.
     *
     * @throws IllegalArgumentException when there is none; one below nothing counts as nothing
     */
    static Percentiles of(Collection<Duration> durations) {
        if (durations.isEmpty()) {
            throw new IllegalArgumentException("There are no percentiles of nothing");
        }
        Histogram histogram = new Histogram(DIGITS);
        durations.forEach(duration -> histogram.recordValue(Math.max(0, duration.toMillis())));
        return new Percentiles(
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(95),
                histogram.getValueAtPercentile(99));
    }
}
