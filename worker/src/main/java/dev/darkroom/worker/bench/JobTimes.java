package dev.darkroom.worker.bench;

import java.time.Duration;
import java.time.Instant;

/**
 * When a job came, began and ended.
 *
 * @param due when it was to be sent: a sender that is late makes the job wait
 * @param started when its {@code started} event was told
 * @param ended when its {@code completed} event was told
 */
public record JobTimes(Instant due, Instant started, Instant ended) {
    Duration queued() {
        return Duration.between(due, started);
    }

    Duration ran() {
        return Duration.between(started, ended);
    }

    Duration total() {
        return Duration.between(due, ended);
    }
}
