package dev.darkroom.worker;

import dev.darkroom.worker.storage.Recovery;
import dev.darkroom.worker.storage.StorageException;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the bucket until it answers, or until the job is to be handed back: without it nothing can be decided. */
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);

    private final String position;
    private final RetryPolicy retries;
    private final StopSignal handBack;
    private final Supplier<Recovery> recoveries;

    /**
     * Has patience for one job.
     *
     * @param position of its record, for messages
     * @param handBack ends the waiting
     * @param recoveries what ends a wait early: the bucket is back
     */
    Patience(String position, RetryPolicy retries, StopSignal handBack, Supplier<Recovery> recoveries) {
        this.position = position;
        this.retries = retries;
        this.handBack = handBack;
        this.recoveries = recoveries;
    }

    /** The same, whose waiting ends with another signal. */
    Patience until(StopSignal stop) {
        return new Patience(position, retries, stop, recoveries);
    }

    /**
     * A request to the bucket.
     *
     * @param <E> what its answer may be besides, once there is one
     */
    interface Request<T, E extends Exception> {
        T run() throws StorageException, StoppedException, InterruptedException, E;
    }

    /** The bucket's answer. */
    <T, E extends Exception> T await(Request<T, E> request) throws StoppedException, InterruptedException, E {
        for (int failures = 1; ; failures++) {
            try (Recovery recovery = recoveries.get()) { // before the request: it may be back before that has failed
                try {
                    return request.run();
                } catch (StorageException e) {
                    Duration wait = retries.outage(failures);
                    log.warn("The job at {}, tried again in {}: {}", position, wait, e.getMessage());
                    if (handBack.await(wait, recovery.back())) {
                        throw new StoppedException();
                    }
                }
            }
        }
    }
}
