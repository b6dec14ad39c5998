package dev.darkroom.event;

/** A record that is not an event of a job, or of a kind that this version does not know. */
public final class InvalidEventException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidEventException(String message) {
        super(message);
    }
}
