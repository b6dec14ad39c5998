package dev.darkroom.worker.intake;

/** Kafka cannot be used as configured. The message says what to do and names the setting. */
public sealed class IntakeException extends Exception permits OversizedRecordException {
    private static final long serialVersionUID = 1L;

    public IntakeException(String message) {
        super(message);
    }

    public IntakeException(String message, Throwable cause) {
        super(message, cause);
    }
}
