package dev.darkroom.worker.storage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Those who want to know when the bucket is back. Thread-safe. */
final class Recoveries {
    private final Set<Recovery> waiting = ConcurrentHashMap.newKeySet();

    /** A place that is forgotten when it is closed. */
    Recovery add() {
        Recovery place = new Recovery(waiting::remove);
        waiting.add(place);
        return place;
    }

    /** The bucket is back. */
    void tellAll() {
        waiting.forEach(Recovery::tell);
    }
}
