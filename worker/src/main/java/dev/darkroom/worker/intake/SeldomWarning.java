package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A warning that others can provoke as often as they like: it is given at most once in an interval, with the number of
 * those that were left out before. Belongs to one thread.
 */
final class SeldomWarning {
    private final Consumer<String> log;
    private final Duration interval;
    private final LongSupplier nanoTime;
    private OptionalLong givenNanos = OptionalLong.empty();
    private long leftOut;

    SeldomWarning(Consumer<String> log, Duration interval, LongSupplier nanoTime) {
        this.log = log;
        this.interval = interval;
        this.nanoTime = nanoTime;
    }

    /** Gives the warning, or counts it. */
    void warn(String message) {
        long now = nanoTime.getAsLong();
        if (givenNanos.isPresent() && now - givenNanos.getAsLong() < interval.toNanos()) {
            leftOut++;
            return;
        }
        log.accept(leftOut == 0 ? message : message + " (and " + leftOut + " such warnings before)");
        givenNanos = OptionalLong.of(now);
        leftOut = 0;
    }
}
