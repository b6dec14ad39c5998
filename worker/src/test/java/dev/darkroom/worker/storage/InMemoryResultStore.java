package dev.darkroom.worker.storage;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A bucket in memory, for tests of what writes to one. */
public final class InMemoryResultStore implements ResultStore {
    private final String bucket;
    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private volatile boolean created;

    public InMemoryResultStore(String bucket) {
        this.bucket = bucket;
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        check();
        return Optional.ofNullable(objects.get(key)).map(byte[]::clone);
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        Optional<byte[]> bytes = find(key);
        if (bytes.isPresent() && bytes.get().length > most) {
            throw StorageException.ofObject("Object " + key + " is larger than " + most + " bytes");
        }
        return bytes;
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        check();
        return objects.putIfAbsent(key, bytes.clone()) == null ? PutResult.CREATED : PutResult.EXISTED;
    }

    @Override
    public void delete(String key) throws StorageException {
        check();
        objects.remove(key);
    }

    @Override
    public boolean ensureBucket() {
        boolean absent = !created;
        created = true;
        return absent;
    }

    @Override
    public void check() throws StorageException {
        if (!created) {
            throw StorageException.permanent(
                    "Bucket " + bucket + " does not exist. The command init creates it (DARKROOM_S3_BUCKET)");
        }
    }

    @Override
    public String bucket() {
        return bucket;
    }

    /** The keys of all objects. */
    public java.util.Set<String> keys() {
        return java.util.Set.copyOf(objects.keySet());
    }

    @Override
    public void close() {
        // Nothing is held that the garbage collector would not take.
    }
}
