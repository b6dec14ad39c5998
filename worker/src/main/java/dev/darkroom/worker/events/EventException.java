package dev.darkroom.worker.events;

/** An event may not have been published. It can be published again: its id stays the same. */
public final class EventException extends Exception {
    private static final long serialVersionUID = 1L;

    public EventException(String message) {
        super(message);
    }

    public EventException(String message, Throwable cause) {
        super(message, cause);
    }
}
