package dev.darkroom.worker.bench;

import dev.darkroom.worker.storage.ForwardingBucket;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A bucket that is farther away than the one behind it: each request waits on its caller's thread before it is sent. One
 * whose wait is interrupted is not sent; the thread stays interrupted. Thread-safe; closing it closes the other.
 */
public final class DistantBucket extends ForwardingBucket {
    private final Duration latency;
    private final Wait wait;

    /** Takes the time that it is told. */
    interface Wait {
        void of(Duration time) throws InterruptedException;
    }

    DistantBucket(ResultStore bucket, Duration latency, Wait wait) {
        super(bucket);
        this.latency = latency;
        this.wait = wait;
    }

    /**
     * Moves buckets away.
     *
     * @param latency by which each request is answered later; of none the bucket stays where it is
     */
    public static UnaryOperator<ResultStore> by(Duration latency) {
        return latency.isZero()
                ? UnaryOperator.identity()
                : bucket -> new DistantBucket(bucket, latency, time -> Thread.sleep(time.toMillis()));
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        travel();
        return super.putIfAbsent(key, bytes, contentType);
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        travel();
        return super.find(key);
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        travel();
        return super.read(key, most);
    }

    @Override
    public void delete(String key) throws StorageException {
        travel();
        super.delete(key);
    }

    @Override
    public boolean ensureBucket() throws StorageException {
        travel();
        return super.ensureBucket();
    }

    @Override
    public void check() throws StorageException {
        travel();
        super.check();
    }

    private void travel() throws StorageException {
        try {
            wait.of(latency);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StorageException.retriable(
                    "A request to bucket " + bucket() + " was interrupted", new InterruptedIOException());
        }
    }
}
