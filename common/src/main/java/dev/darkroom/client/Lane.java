package dev.darkroom.client;

import java.util.Locale;

/** A lane of a queue. Each has a topic of its own, and workers give each its part of their devices. */
public enum Lane {
    /** Gets most of a device while others wait too. */
    HIGH,
    /** Where jobs go that ask for no lane. */
    NORMAL,
    /** Gets what is left, and never nothing. */
    LOW;

    /** As it is written in settings and in names of topics: {@code high}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What this lane's topic is called unless it is given a name: for all but the normal lane, {@code jobs} and its label. */
    public String topic(String jobs) {
        return this == NORMAL ? jobs : jobs + "." + label();
    }
}
