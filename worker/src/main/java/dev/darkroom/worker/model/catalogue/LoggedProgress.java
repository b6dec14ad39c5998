package dev.darkroom.worker.model.catalogue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Downloads in the log, a line every few seconds. Safe for use by several threads. */
public final class LoggedProgress implements Progress {
    private static final Logger log = LoggerFactory.getLogger(LoggedProgress.class);
    private static final Duration BETWEEN = Duration.ofSeconds(5);
    private static final long MEGABYTE = 1_000_000;

    private final InstantSource clock;
    private final AtomicReference<Instant> next;

    public LoggedProgress(InstantSource clock) {
        this.clock = clock;
        this.next = new AtomicReference<>(clock.instant().plus(BETWEEN));
    }

    @Override
    public void at(String file, long done, OptionalLong total) {
        Instant now = clock.instant();
        Instant due = next.get();
        if (now.isBefore(due) || !next.compareAndSet(due, now.plus(BETWEEN))) {
            return;
        }
        if (total.isPresent() && total.getAsLong() > 0) {
            log.info(
                    "Fetching {}: {} of {} MB ({} %)",
                    file, done / MEGABYTE, total.getAsLong() / MEGABYTE, 100 * done / total.getAsLong());
        } else {
            log.info("Fetching {}: {} MB", file, done / MEGABYTE);
        }
    }
}
