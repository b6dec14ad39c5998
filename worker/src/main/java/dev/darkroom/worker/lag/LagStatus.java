package dev.darkroom.worker.lag;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the exporter knows.
 *
 * @param last the last reading, however old
 * @param failure why there is no newer one; empty while readings succeed
 * @param failures readings that failed since the start
 */
record LagStatus(Optional<LagReading> last, Optional<String> failure, long failures) {
    static final LagStatus NOTHING = new LagStatus(Optional.empty(), Optional.of("nothing was read yet"), 0);

    /** Nobody may take an older reading for how things are. */
    private static final Duration FRESH = Duration.ofSeconds(15);

    /** How old the last reading is; empty before the first one. */
    Optional<Duration> age(Instant now) {
        return last.map(reading -> Duration.between(reading.at(), now));
    }

    /** Why the last reading must not be used; empty while it may. */
    Optional<String> stale(Instant now) {
        boolean fresh = age(now).filter(age -> age.compareTo(FRESH) <= 0).isPresent();
        return fresh ? Optional.empty() : Optional.of(failure.orElse("the last reading takes too long"));
    }
}
