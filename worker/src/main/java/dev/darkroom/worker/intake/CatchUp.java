package dev.darkroom.worker.intake;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** How far it is with reading what must be known before a worker begins. Thread-safe. */
final class CatchUp {
    private final AtomicLong records = new AtomicLong();
    private final CountDownLatch complete = new CountDownLatch(1);

    /** Another record was read. */
    void read() {
        records.incrementAndGet();
    }

    /** All was read. */
    void complete() {
        complete.countDown();
    }

    /** How many records were read, those that were read anew after a failure included. */
    long records() {
        return records.get();
    }

    /**
     * Waits until all was read, however long it takes, as long as it goes on.
     *
     * @param limit how long no record may be read
     * @param progress gets the number of records each time that the limit has passed and some were read
     * @return false when none was read within the limit
     * @throws IntakeException when the thread is interrupted
     */
    boolean await(Duration limit, LongConsumer progress) throws IntakeException {
        try {
            long before = 0;
            while (!complete.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                long now = records.get();
                if (now == before) {
                    return false;
                }
                progress.accept(now);
                before = now;
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IntakeException("Interrupted before all was known that a worker must know", e);
        }
    }
}
