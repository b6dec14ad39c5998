package dev.darkroom.worker.ops;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import javax.management.ObjectName;

/**
 * What several clients have counted, added up. A client that is closed takes its number along, and a sum that falls looks to
 * Prometheus as if all that is left had been counted anew: so what a client had counted when it was last seen stays. Holds a
 * few bytes for each name that a client ever had, of which a worker has some dozen. Safe for use by several threads.
 */
final class ClientTotal {
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Map<ObjectName, Count> counts = new HashMap<>();

    /**
     * What clients of one name have counted.
     *
     * @param before those that are closed
     * @param last the latest one
     */
    private record Count(double before, double last) {
        static final Count NONE = new Count(0, 0);

        /** Less than before is another client's. */
        Count after(double now) {
            return new Count(now < last ? before + last : before, now);
        }
    }

    /**
     * The sum, after a look at the clients that there are.
     *
     * @param look their numbers now; must return at once
     */
    double after(Supplier<Map<ObjectName, Double>> look) {
        lock.lock(); // or an older look would come after a newer one
        try {
            look.get()
                    .forEach((client, now) ->
                            counts.merge(client, Count.NONE.after(now), (known, first) -> known.after(now)));
            return counts.values().stream()
                    .mapToDouble(count -> count.before() + count.last())
                    .sum();
        } finally {
            lock.unlock();
        }
    }
}
