package dev.darkroom.job;

/** A record on the control topic that is not a valid cancel request. The message says which rule it breaks. */
public final class InvalidCancelRequestException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidCancelRequestException(String message) {
        super(message);
    }
}
