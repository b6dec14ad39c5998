package dev.darkroom.worker.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a value while its constructor checks it, and raises all of it together. */
final class Rules {
    private final List<ConfigException.Problem> problems = new ArrayList<>();

    /** Notes that the setting {@code key} breaks a rule, unless {@code holds}. */
    Rules check(boolean holds, String key, String rule, Object offending) {
        return check(holds, key, rule + ", but is \"" + offending + "\"");
    }

    /** The same for a value that must not be shown or that is absent. */
    Rules check(boolean holds, String key, String message) {
        if (!holds) {
            problems.add(new ConfigException.Problem(key, message));
        }
        return this;
    }

    void raise() {
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }
}
