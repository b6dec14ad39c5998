package dev.darkroom.worker.storage;

import org.jspecify.annotations.Nullable;

/** The bucket did not do what it was asked. The message names the bucket and the setting to look at, never a key. */
public final class StorageException extends Exception {
    private static final long serialVersionUID = 1L;

    private enum Kind {
        PASSING,
        LASTING,
        OBJECT
    }

    private final Kind kind;

    private StorageException(String message, Kind kind, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** A failure that may pass: no connection, a server error, a request that was throttled. */
    public static StorageException retriable(String message, Throwable cause) {
        return new StorageException(message, Kind.PASSING, cause);
    }

    /** A failure that stays until someone changes something: a refused key, a bucket that is absent. */
    public static StorageException permanent(String message, Throwable cause) {
        return new StorageException(message, Kind.LASTING, cause);
    }

    public static StorageException permanent(String message) {
        return new StorageException(message, Kind.LASTING, null);
    }

    /** The bucket answers, but one object is not as it must be; it stays so, and says nothing of the others. */
    public static StorageException ofObject(String message) {
        return new StorageException(message, Kind.OBJECT, null);
    }

    /** Whether the same request may succeed later without anyone's doing. */
    public boolean retriable() {
        return kind == Kind.PASSING;
    }

    /** Whether the bucket itself answers as it should. */
    public boolean isOfObject() {
        return kind == Kind.OBJECT;
    }
}
