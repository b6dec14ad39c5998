package dev.darkroom.worker;

import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.storage.StorageBreaker;
import java.util.Optional;

/** How the worker is, for its admin server, which is there before most of the rest. Safe for use by several threads. */
final class WorkerHealth {
    private volatile Optional<StorageBreaker> bucket = Optional.empty();
    private volatile Optional<DenoisingLoop> loop = Optional.empty();
    private volatile boolean taking;

    void watch(StorageBreaker opened) {
        bucket = Optional.of(opened);
    }

    void watch(DenoisingLoop opened) {
        loop = Optional.of(opened);
    }

    /** The start has ended. */
    void takesJobs() {
        taking = true;
    }

    /** The worker stops. */
    void takesNoMore() {
        taking = false;
    }

    /** Whether the process works at all. */
    boolean isLive() {
        return loop.map(DenoisingLoop::isAlive).orElse(true);
    }

    /** Whether the worker has started, and does not stop yet. */
    boolean isTaking() {
        return taking;
    }

    /** Why the worker takes no job; empty while it does. */
    Optional<String> unready() {
        if (!taking) {
            return Optional.of("the worker starts or stops");
        }
        return bucket.flatMap(StorageBreaker::outage);
    }
}
