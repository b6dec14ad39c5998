package dev.darkroom.worker.metering;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How long at least one call ran: calls that overlap count once. Safe for use by several threads. */
public final class BusyMeter implements CallMeter {
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private int running;
    private long since;
    private long busy;

    /** Begins with nothing. */
    public BusyMeter(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Makes a call, which counts however it ends. */
    public <T> T during(Supplier<T> call) {
        begin();
        try {
            return call.get();
        } finally {
            end();
        }
    }

    @Override
    public <T> T during(NetworkCall call, Supplier<T> work) {
        return during(work);
    }

    private void begin() {
        lock.lock();
        try {
            if (running++ == 0) {
                since = nanoTime.getAsLong();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            if (--running == 0) {
                busy += nanoTime.getAsLong() - since;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The time so far, that of calls which still run included. */
    public Duration busy() {
        lock.lock();
        try {
            return Duration.ofNanos(running == 0 ? busy : busy + nanoTime.getAsLong() - since);
        } finally {
            lock.unlock();
        }
    }
}
