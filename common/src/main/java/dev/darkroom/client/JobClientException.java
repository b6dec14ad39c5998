package dev.darkroom.client;

/** Kafka could not be reached, or refused what was asked of it. */
public final class JobClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JobClientException(String message, Throwable cause) {
        super(message, cause);
    }
}
