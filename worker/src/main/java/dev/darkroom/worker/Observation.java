package dev.darkroom.worker;

import java.util.Map;

/**
 * What is seen of a worker from outside.
 *
 * @param meters whether it is counted what the worker does
 * @param environment whose {@code OTEL_*} say where spans go
 */
record Observation(Meters meters, Map<String, String> environment) {
    /** Everything is counted; there are no spans, whatever the environment of this process says. */
    static final Observation COUNTED = new Observation(Meters.COUNTED, Map.of());

    /** Nothing is, to see what counting costs. */
    static final Observation NOTHING = new Observation(Meters.NONE, Map.of());

    /** Of jobs, models and the bucket. */
    enum Meters {
        COUNTED,
        NONE
    }

    Observation {
        environment = Map.copyOf(environment);
    }
}
