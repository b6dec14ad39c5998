package dev.darkroom.worker.model.catalogue;

import java.time.Duration;

/** Waits between two tries. */
public interface Pause {
    /** The one that takes the time it says. */
    Pause REAL = duration -> Thread.sleep(duration.toMillis());

    void of(Duration duration) throws InterruptedException;
}
