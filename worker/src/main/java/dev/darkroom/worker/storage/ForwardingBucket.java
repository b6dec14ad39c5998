package dev.darkroom.worker.storage;

import java.util.Optional;

/** A bucket in front of another one, for those that put something between. Closing it closes the other. */
public class ForwardingBucket implements ResultStore {
    /** The other bucket. */
    protected final ResultStore bucket;

    /** Takes the other bucket over. */
    protected ForwardingBucket(ResultStore bucket) {
        this.bucket = bucket;
    }

    @Override
    public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
        return bucket.putIfAbsent(key, bytes, contentType);
    }

    @Override
    public Optional<byte[]> find(String key) throws StorageException {
        return bucket.find(key);
    }

    @Override
    public Optional<byte[]> read(String key, int most) throws StorageException {
        return bucket.read(key, most);
    }

    @Override
    public void delete(String key) throws StorageException {
        bucket.delete(key);
    }

    @Override
    public boolean ensureBucket() throws StorageException {
        return bucket.ensureBucket();
    }

    @Override
    public void check() throws StorageException {
        bucket.check();
    }

    @Override
    public Recovery recovery() {
        return bucket.recovery();
    }

    @Override
    public String bucket() {
        return bucket.bucket();
    }

    @Override
    public void close() {
        bucket.close();
    }
}
