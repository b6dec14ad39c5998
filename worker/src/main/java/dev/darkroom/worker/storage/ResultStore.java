package dev.darkroom.worker.storage;

import java.util.Optional;

/**
 * The bucket. Objects are written once and never changed: the first writer of a key wins, whoever it is. Workers delete
 * only what they left of unfinished jobs; all else only an operator does who wants a job to be tried again.
 *
 * <p>Thread-safe; every call blocks for a bounded time.
 */
public interface ResultStore extends AutoCloseable {
    /** The most that is read back: manifests are small, and an object of that name may be anyone's. */
    int MAX_READ_BYTES = 64 << 20;

    /** Whose object lies under the key after a {@link #putIfAbsent}. */
    enum PutResult {
        /** The caller's. */
        CREATED,
        /** An earlier writer's; it was not changed. */
        EXISTED
    }

    /**
     * Reads an object whole.
     *
     * @return empty when there is none under the key
     * @throws StorageException also when it is larger than {@link #MAX_READ_BYTES}
     */
    Optional<byte[]> find(String key) throws StorageException;

    /**
     * Reads an object that anybody may have put there.
     *
     * @param most bytes at most; of a larger object none is read that says so beforehand
     * @return empty when there is none under the key
     * @throws StorageException {@linkplain StorageException#isOfObject of the object} when it is larger, or these keys may
     *     not read it
     */
    Optional<byte[]> read(String key, int most) throws StorageException;

    /**
     * Writes an object in one piece unless there is one under the key. Of concurrent writers exactly one gets {@link
     * PutResult#CREATED}; after a failure the object may exist or not, never in part.
     */
    PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException;

    /** Removes the object under a key; it is no failure if there is none. */
    void delete(String key) throws StorageException;

    /** Reads an object that must be there. */
    default byte[] get(String key) throws StorageException {
        return find(key).orElseThrow(() -> StorageException.ofObject("There is no object " + key));
    }

    /** Creates the bucket unless it is there; says whether it did. */
    boolean ensureBucket() throws StorageException;

    /** Checks that the bucket is there and answers to these keys. */
    void check() throws StorageException;

    /** A place among those who are told when a bucket that was away is back; one that nobody watches tells nobody. */
    default Recovery recovery() {
        return new Recovery(place -> {});
    }

    /** The bucket's name, as events carry it. */
    String bucket();

    @Override
    void close();
}
