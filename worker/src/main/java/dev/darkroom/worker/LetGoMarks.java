package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells deaths from deliveries. Kafka counts how often a job was handed out, whatever became of it. So a worker that lets
 * go of a job and lives writes that down in the bucket, and one that begins with a job which was delivered before writes
 * that down too: what began and was not let go of is what workers died of. Safe for use by several threads.
 */
final class LetGoMarks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LetGoMarks.class);

    /** How long a job that is handed back waits for its mark: another worker is to have it within a second. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);

    private static final Duration LONGEST_END = Duration.ofSeconds(1);
    /** As many deliveries are looked at, the latest; a share group has no more. */
    private static final int LOOKED_AT = 10;

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.UTF_8);
    private static final int NAME_LENGTH = 16;

    private final ResultStore store;
    private final String prefix;
    /** At most one thread for each job that ends just now; each write is bounded by the store. */
    private final ExecutorService threads;

    LetGoMarks(ResultStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "let-go-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * How many of a record's earlier deliveries workers died of, as far as anybody knows: a mark that could not be written
     * makes it one more, and no more than {@code enough} are counted.
     *
     * @param enough at least 1
     */
    int deaths(String jobId, JobRecord record, int enough) throws StorageException {
        int latest = record.deliveryCount() - 1;
        int deaths = 0;
        for (int n = latest; n > Math.max(0, latest - LOOKED_AT) && deaths < enough; n--) {
            // Of the first delivery nobody writes that it began: nearly all jobs have no other.
            boolean began = n == 1 || isThere(begun(jobId, record, n));
            if (began && !isThere(letGo(jobId, record, n))) {
                deaths++;
            }
        }
        return deaths;
    }

    private boolean isThere(String key) throws StorageException {
        return store.find(key).isPresent();
    }

    /** Notes that this delivery's work begins, unless it is the first: should it end without a mark, it was a death. */
    void begin(String jobId, JobRecord record) throws StorageException {
        if (record.deliveryCount() > 1) {
            store.putIfAbsent(begun(jobId, record, record.deliveryCount()), NOTHING, "application/json");
        }
    }

    /**
     * Notes that no delivery before this one reached a job: Kafka counts records too that a client fetched and gave back
     * unseen.
     */
    void nobodyBegan(String jobId, JobRecord record) throws StorageException {
        if (record.deliveryCount() > 1) {
            store.putIfAbsent(letGo(jobId, record, 1), NOTHING, "application/json");
        }
    }

    /**
     * Notes that this delivery ends without its job's end and without a death. Waits a moment at most; what is not written
     * by then may be written later, or never.
     */
    void letGo(JobRecord record) throws InterruptedException {
        try {
            letGoSoon(record).get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.warn(
                    "The job at {}: the bucket does not take the mark that delivery {} was no death, so it counts as one",
                    record.position(),
                    record.deliveryCount());
        }
    }

    /** The same, without waiting; the stage fails if it is not written. */
    CompletableFuture<Void> letGoSoon(JobRecord record) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            threads.execute(() -> write(record, written));
        } catch (RejectedExecutionException e) {
            written.completeExceptionally(e);
        }
        return written;
    }

    private void write(JobRecord record, CompletableFuture<Void> written) {
        try {
            Optional<JobIdentity> job = JobIdentity.of(record.value());
            if (job.isPresent()) {
                store.putIfAbsent(letGo(job.get().id(), record, record.deliveryCount()), NOTHING, "application/json");
            }
            written.complete(null);
        } catch (StorageException | RuntimeException | Error e) {
            written.completeExceptionally(e);
        }
    }

    private String begun(String jobId, JobRecord record, int delivery) {
        return ObjectKeys.delivery(prefix, jobId, name(record), delivery + "-begun");
    }

    private String letGo(String jobId, JobRecord record, int delivery) {
        return ObjectKeys.delivery(prefix, jobId, name(record), delivery + "-let-go");
    }

    private static String name(JobRecord record) {
        return Sha256.hex(record.name().getBytes(StandardCharsets.UTF_8)).substring(0, NAME_LENGTH);
    }

    /** Gives up what is not written soon. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
