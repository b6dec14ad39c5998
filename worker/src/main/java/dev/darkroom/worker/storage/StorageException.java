package dev.darkroom.worker.storage;

/** The bucket did not do what it was asked. The message names the bucket and the setting to look at, never a key. */
public final class StorageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean retriable;

    private StorageException(String message, boolean retriable, Throwable cause) {
        super(message, cause);
        this.retriable = retriable;
    }

    private StorageException(String message) {
        super(message);
        this.retriable = false;
    }

    /** A failure that may pass: no connection, a server error, a request that was throttled. */
    public static StorageException retriable(String message, Throwable cause) {
        return new StorageException(message, true, cause);
    }

    /** A failure that stays until someone changes something: a refused key, a bucket that is absent. */
    public static StorageException permanent(String message, Throwable cause) {
        return new StorageException(message, false, cause);
    }

    public static StorageException permanent(String message) {
        return new StorageException(message);
    }

    /** Whether the same request may succeed later without anyone's doing. */
    public boolean retriable() {
        return retriable;
    }
}
