package dev.darkroom.worker;

import dev.darkroom.event.Timings;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Where a job's time goes. One phase runs at a time; belongs to the job's thread. */
final class JobTimer {
    enum Phase {
        QUEUED,
        PREPARE,
        DENOISE,
        DECODE,
        ENCODE,
        UPLOAD
    }

    private final LongSupplier nanoTime;
    private final Consumer<Phase> onPhase;
    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private Phase phase = Phase.PREPARE;
    private long since;

    /**
     * Starts with the preparation.
     *
     * @param queued how long the job had waited until now
     */
    JobTimer(Duration queued, LongSupplier nanoTime) {
        this(queued, nanoTime, phase -> {});
    }

    /**
     * The same, and tells of each phase.
     *
     * @param onPhase told of the phase that begins; must return at once
     */
    JobTimer(Duration queued, LongSupplier nanoTime, Consumer<Phase> onPhase) {
        this.nanoTime = nanoTime;
        this.onPhase = onPhase;
        this.since = nanoTime.getAsLong();
        nanos.put(Phase.QUEUED, queued.isNegative() ? 0 : queued.toNanos());
    }

    /** Ends the phase that runs and begins another, or the same once more. */
    void enter(Phase next) {
        long now = nanoTime.getAsLong();
        nanos.merge(phase, now - since, Long::sum);
        phase = next;
        since = now;
        onPhase.accept(next);
    }

    /** Ends the phase that runs and tells all. */
    Timings timings() {
        enter(phase);
        return new Timings(
                millis(Phase.QUEUED),
                millis(Phase.PREPARE),
                millis(Phase.DENOISE),
                millis(Phase.DECODE),
                millis(Phase.ENCODE),
                millis(Phase.UPLOAD));
    }

    private long millis(Phase which) {
        return Duration.ofNanos(nanos.getOrDefault(which, 0L)).toMillis();
    }
}
