package dev.darkroom.worker.storage;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bucket, and whether it is there. Requests go through as they are. After several in a row that failed, over some
 * time and with no answer in between, the bucket counts as away: who takes jobs is told, and a thread of its own asks
 * until the bucket answers. Whoever waits for the bucket is woken then ({@link #recovery}).
 *
 * <p>Thread-safe. Owns the bucket.
 */
public final class StorageBreaker implements ResultStore {
    private static final Logger LOG = LoggerFactory.getLogger(StorageBreaker.class);

    private static final List<Integer> PROBE_WAITS = List.of(1, 2, 5, 10);
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final ResultStore store;
    private final String probeKey;
    private final LongSupplier nanoTime;
    private final Duration unit;
    private final Recoveries recoveries = new Recoveries();

    private final ReentrantLock lock = new ReentrantLock(); // guards all below; never held during a request
    private final Condition changed = lock.newCondition();
    private final FailureRun failures = new FailureRun();
    private int probes; // since the last request of a job that was answered
    private Optional<StorageException> outage = Optional.empty();
    private Optional<Thread> watcher = Optional.empty();
    private boolean closing;

    /** Who takes jobs. Called by one thread, in order; must return at once. */
    public interface Listener {
        /** Nothing can be stored: no further job is to be taken. */
        void bucketAway();

        /** The bucket answers again. */
        void bucketBack();
    }

    /**
     * A breaker that tells nobody and asks nothing by itself before {@link #watch}.
     *
     * @param prefix below which the bucket is asked whether it can be written to
     */
    public StorageBreaker(ResultStore store, String prefix) {
        this(store, prefix, System::nanoTime, Duration.ofSeconds(1));
    }

    /** A breaker whose waits between two questions are multiples of a unit. */
    StorageBreaker(ResultStore store, String prefix, LongSupplier nanoTime, Duration unit) {
        this.store = store;
        this.probeKey = ObjectKeys.probe(prefix);
        this.nanoTime = nanoTime;
        this.unit = unit;
    }

    /** Begins to watch; once. */
    public void watch(Listener listener) {
        Thread thread = new Thread(() -> watchUntilClosed(listener), "storage-breaker");
        lock.lock();
        try {
            if (watcher.isPresent() || closing) {
                throw new IllegalStateException("The bucket is watched already, or not any more");
            }
            watcher = Optional.of(thread);
        } finally {
            lock.unlock();
        }
        thread.start();
    }

    /** Why the bucket counts as away; empty while it does not. */
    public Optional<String> outage() {
        return current().map(StorageException::getMessage);
    }

    private Optional<StorageException> current() {
        lock.lock();
        try {
            return outage;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Recovery recovery() {
        return recoveries.add();
    }

    /** A request to the bucket. */
    private interface Request<T> {
        T run() throws StorageException;
    }

    private <T> T watched(Request<T> request) throws StorageException {
        try {
            T answer = request.run();
            answered();
            return answer;
        } catch (StorageException e) {
            if (e.isOfObject()) {
                answered();
            } else {
                failed(e);
            }
            throw e;
        }
    }

    private void answered() {
        lock.lock();
        try {
            probes = 0;
        } finally {
            lock.unlock();
        }
        isBack();
    }

    private void isBack() {
        boolean wasAway;
        lock.lock();
        try {
            failures.end();
            wasAway = outage.isPresent();
            outage = Optional.empty();
            if (wasAway) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (wasAway) {
            recoveries.tellAll();
        }
    }

    private void failed(StorageException failure) {
        long now = nanoTime.getAsLong();
        lock.lock();
        try {
            failures.add(now);
            if (outage.isEmpty() && failures.isOutage(now)) {
                outage = Optional.of(failure);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The watcher's thread: tells what changed, asks while the bucket is away. */
    private void watchUntilClosed(Listener listener) {
        boolean toldAway = false;
        try {
            while (awaitNews(toldAway)) {
                Optional<StorageException> away = current();
                if (away.isPresent() == toldAway) {
                    probe();
                } else {
                    toldAway = away.isPresent();
                    tell(listener, away);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // only to be closed
        }
    }

    /** Waits until there is something to tell, or a question is due; false when this is closed. */
    private boolean awaitNews(boolean toldAway) throws InterruptedException {
        lock.lock();
        try {
            boolean due = false;
            while (!closing && !due && outage.isPresent() == toldAway) {
                if (toldAway) {
                    int wait = PROBE_WAITS.get(Math.min(probes, PROBE_WAITS.size() - 1));
                    due = !changed.await(unit.toMillis() * wait, TimeUnit.MILLISECONDS);
                } else {
                    changed.await();
                }
            }
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    private static void tell(Listener listener, Optional<StorageException> away) {
        if (away.isEmpty()) {
            LOG.info("The bucket answers again: jobs are taken");
            listener.bucketBack();
            return;
        }
        StorageException why = away.get();
        if (why.retriable()) {
            LOG.warn("The bucket is away: no job is taken until it answers. {}", why.getMessage());
        } else {
            LOG.error(
                    "The bucket refuses this worker: no job is taken until it does not, and those that are here wait."
                            + " Mend the cause, or stop this worker, which hands its jobs back. {}",
                    why.getMessage());
        }
        listener.bucketAway();
    }

    /**
     * A small write, for a bucket that can only be read is of no use. Its answer ends the outage; but until a job's own
     * request is answered too, further questions do not come faster.
     */
    private void probe() {
        lock.lock();
        try {
            probes++;
        } finally {
            lock.unlock();
        }
        try {
            store.check();
            store.putIfAbsent(probeKey, "{}".getBytes(StandardCharsets.UTF_8), "application/json");
            isBack();
        } catch (StorageException e) {
            LOG.debug("The bucket is still away", e);
        } catch (RuntimeException | Error e) {
            LOG.warn("Whether the bucket is back could not be asked; it is asked again", e);
        }
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        return watched(() -> store.find(key));
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        return watched(() -> store.read(key, most));
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        return watched(() -> store.putIfAbsent(key, bytes, contentType));
    }

    @Override
    public void delete(String key) throws StorageException {
        watched(() -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public boolean ensureBucket() throws StorageException {
        return store.ensureBucket();
    }

    @Override
    public void check() throws StorageException {
        store.check();
    }

    @Override
    public String bucket() {
        return store.bucket();
    }

    @Override
    public void close() {
        Optional<Thread> thread;
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
            thread = watcher;
        } finally {
            lock.unlock();
        }
        thread.ifPresent(Thread::interrupt);
        store.close(); // ends a question that is under way
        try {
            if (thread.isPresent()) {
                thread.get().join(LONGEST_END.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
