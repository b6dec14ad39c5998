package dev.darkroom.worker;

import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.develop.ResumePoint;
import dev.darkroom.worker.develop.UnusableResumePointException;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the bucket has of jobs that were stopped before their pictures were there. Each delivery of a job leaves one at
 * most, under a number of its own; the next one looks from its own number down. Nothing here is needed: whatever fails
 * costs the steps that were done, no more. Safe for use by several threads and workers.
 */
final class ResumePoints implements AutoCloseable {
    /** How long a job that is handed back may wait for its state to be written. */
    static final Duration WRITE_LIMIT = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(ResumePoints.class);
    private static final String MEDIA_TYPE = "application/octet-stream";
    private static final Duration LET_GO = Duration.ofSeconds(1);
    /** A broker delivers a record ten times at most. */
    private static final int MOST_EARLIER = 9;

    private final ResultStore store;
    private final String computing;
    private final Duration limit;
    private final ExecutorService threads;

    /**
     * Opens nothing yet.
     *
     * @param computing on what and how this worker computes, as far as bits depend on it; only workers that compute
     *     alike go on from each other's numbers
     * @param limit how long a write may hold its job up
     */
    ResumePoints(ResultStore store, String computing, Duration limit) {
        this.store = store;
        this.computing = computing;
        this.limit = limit;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> new Thread(task, "resume-" + number.incrementAndGet()));
    }

    /**
     * A delivery of a job's record.
     *
     * @param delivery which one, from 1
     */
    record Place(ObjectKeys keys, int attempt, int delivery) {
        String key() {
            return keys.checkpoint(attempt, delivery);
        }

        /** The deliveries before, the latest first. */
        List<Place> earlier() {
            List<Place> earlier = new ArrayList<>();
            for (int at = delivery - 1; at >= Math.max(1, delivery - MOST_EARLIER); at--) {
                earlier.add(new Place(keys, attempt, at));
            }
            return earlier;
        }
    }

    /** Takes a generation as far as an earlier delivery got, if one left something that fits. A first one does not look. */
    void resume(Place place, Generation fresh) {
        String job = place.keys().jobId();
        for (Place earlier : place.earlier()) {
            try {
                Optional<byte[]> left = store.find(earlier.key());
                if (left.isPresent()) {
                    ResumePoint.resume(fresh, left.get(), computing);
                    log.info("Job {}: resumes at step {} of {}", job, fresh.stepsDone(), fresh.steps());
                    return;
                }
            } catch (UnusableResumePointException e) {
                log.warn("Job {}: cannot go on from {}: {}", job, earlier.key(), e.getMessage());
            } catch (StorageException | InferenceException e) {
                log.warn("Job {}: begins anew, whatever was left of it: {}", job, e.getMessage());
                return;
            }
        }
    }

    /** Leaves what a stopped generation has for the next delivery, unless that takes too long. */
    void leave(Place place, Generation stopped) throws InterruptedException {
        String job = place.keys().jobId();
        within("Job " + job + ": step " + stopped.stepsDone() + " cannot be left for the next worker", () -> {
            Optional<ResumePoint> point = ResumePoint.of(stopped, computing, ResultStore.MAX_READ_BYTES);
            if (point.isEmpty()) {
                log.info("Job {}: step {} is none to go on from, or too large", job, stopped.stepsDone());
                return point;
            }
            byte[] bytes = point.get().bytes();
            store.putIfAbsent(place.key(), bytes, MEDIA_TYPE);
            log.info("Job {}: step {} is left for the next worker, {} bytes", job, stopped.stepsDone(), bytes.length);
            return point;
        });
    }

    /** Removes what earlier deliveries left, now that nobody will go on from it. */
    void remove(Place place) throws InterruptedException {
        List<Place> earlier = place.earlier();
        if (earlier.isEmpty()) {
            return;
        }
        within("Job " + place.keys().jobId() + ": what was left of it stays in the bucket", () -> {
            for (Place left : earlier) {
                store.delete(left.key());
            }
            return earlier;
        });
    }

    /** On a thread of its own, so that a bucket that does not answer, or a hash that is not there, holds nobody up. */
    private void within(String otherwise, Callable<?> request) throws InterruptedException {
        Future<?> done = threads.submit(request);
        try {
            done.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.warn("{}: it took longer than {}", otherwise, limit);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof StorageException || cause instanceof InferenceException) {
                log.warn("{}: {}", otherwise, cause.getMessage());
            } else {
                log.error("{}", otherwise, cause);
            }
        } finally {
            done.cancel(true);
        }
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(LET_GO.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("A write to the bucket did not end within {}", LET_GO);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
