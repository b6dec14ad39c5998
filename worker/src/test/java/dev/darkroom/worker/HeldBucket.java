package dev.darkroom.worker;

import dev.darkroom.worker.storage.ForwardingBucket;
import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A bucket in memory that keeps jobs waiting with their pictures, each on its own thread. */
final class HeldBucket extends ForwardingBucket {
    private final Map<String, CountDownLatch> held;

    /** Holds the jobs of these ids until their latch is down. */
    HeldBucket(Map<String, CountDownLatch> held) {
        super(new InMemoryResultStore("bucket"));
        this.held = held;
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        Optional<CountDownLatch> latch = held.keySet().stream()
                .filter(job -> key.contains("/" + job + "/"))
                .findFirst()
                .map(held::get);
        if (latch.isPresent() && key.endsWith(".png")) {
            try {
                latch.get().await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StorageException.retriable("Interrupted", new IOException(e));
            }
        }
        return bucket.putIfAbsent(key, bytes, contentType);
    }
}
