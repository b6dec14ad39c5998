package dev.darkroom.worker;

import java.util.Optional;

/** Where a {@link DyingWorkerMain} dies: right after this act of a job, before it does anything else. */
enum Death {
    TAKEN,
    CLAIM("claim.json"),
    STARTED,
    PICTURE("0.png"),
    MANIFEST("result.json"),
    OUTCOME("outcome.json"),
    /** The job's last event, or the one that says that it is tried again; what is to be written with it is not. */
    EVENT,
    RETRY,
    LETTER,
    SETTLED;

    private final Optional<String> object;

    Death() {
        this.object = Optional.empty();
    }

    Death(String object) {
        this.object = Optional.of(object);
    }

    /** The last part of the key of the object that is the last one written. */
    Optional<String> object() {
        return object;
    }
}
