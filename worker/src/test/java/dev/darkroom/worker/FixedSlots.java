package dev.darkroom.worker;

import dev.darkroom.worker.config.TopicsConfig;
import java.time.InstantSource;
import java.util.OptionalInt;

/** For workers whose slots do not grow. */
final class FixedSlots {
    private FixedSlots() {}

    /** Opens none. */
    static Prefetch prefetch() {
        TopicsConfig topics =
                new TopicsConfig("jobs", "events", "retry", "control", "dlq.jobs", 1, OptionalInt.empty());
        return new Prefetch(1, 1, topics, InstantSource.system());
    }
}
