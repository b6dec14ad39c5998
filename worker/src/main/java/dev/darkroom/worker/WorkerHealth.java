package dev.darkroom.worker;

import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.storage.StorageBreaker;
import java.util.Locale;
import java.util.Optional;

/** How the worker is, for its admin server, which is there before most of the rest. Safe for use by several threads. */
final class WorkerHealth {
    private volatile Optional<StorageBreaker> bucket = Optional.empty();
    private volatile Optional<DenoisingLoop> loop = Optional.empty();
    private volatile boolean taking;
    private volatile boolean stopping;

    /** What a worker does. */
    enum State {
        /** It takes no job yet. */
        STARTING,
        /** It takes jobs. */
        TAKING,
        /** It takes none until its bucket is back. */
        PAUSED,
        /** It takes none any more. */
        STOPPING;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

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
        stopping = true;
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
        return outage();
    }

    /** Why nothing can be stored; empty while it can. */
    Optional<String> outage() {
        return bucket.flatMap(StorageBreaker::outage);
    }

    State state() {
        if (stopping) {
            return State.STOPPING;
        }
        if (!taking) {
            return State.STARTING;
        }
        return outage().isPresent() ? State.PAUSED : State.TAKING;
    }
}
