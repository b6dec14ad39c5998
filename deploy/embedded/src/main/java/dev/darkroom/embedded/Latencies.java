package dev.darkroom.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Durations of one kind, and their percentiles. Not for use by several threads. */
final class Latencies {
    private final List<Duration> samples = new ArrayList<>();

    void add(Duration sample) {
        samples.add(sample);
    }

    /** The median and the 95th percentile, in milliseconds. */
    String summary() {
        return percentile(50).toMillis() + " / " + percentile(95).toMillis() + " ms";
    }

    /**
     * The smallest sample that at least this share of the samples does not exceed (nearest rank).
     *
     * @param percent 1 to 100
     * @throws IllegalStateException if there are no samples
     */
    Duration percentile(int percent) {
        if (samples.isEmpty()) {
            throw new IllegalStateException("No samples");
        }
        List<Duration> sorted = new ArrayList<>(samples);
        Collections.sort(sorted);
        int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
        return sorted.get(Math.max(1, rank) - 1);
    }
}
