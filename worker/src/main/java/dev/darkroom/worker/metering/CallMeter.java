package dev.darkroom.worker.metering;

import java.util.function.Supplier;

/** Measures calls of networks. Called by several threads at once. */
public interface CallMeter {
    /** Makes a call on the caller's thread, and returns what it returns or throws what it throws. */
    <T> T during(NetworkCall call, Supplier<T> work);
}
