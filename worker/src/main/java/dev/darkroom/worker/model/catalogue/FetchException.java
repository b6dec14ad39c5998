package dev.darkroom.worker.model.catalogue;

/** A server did not give a file. The message names the file, without secrets. */
public final class FetchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean passing;

    private FetchException(String message, boolean passing, Throwable cause) {
        super(message, cause);
        this.passing = passing;
    }

    private FetchException(String message) {
        super(message);
        this.passing = false;
    }

    /** The same request may succeed soon. */
    public static FetchException passing(String message, Throwable cause) {
        return new FetchException(message, true, cause);
    }

    /** It stays like that until someone changes something. */
    public static FetchException lasting(String message, Throwable cause) {
        return new FetchException(message, false, cause);
    }

    public static FetchException lasting(String message) {
        return new FetchException(message);
    }

    /** Whether the same request may succeed soon. */
    public boolean passing() {
        return passing;
    }
}
