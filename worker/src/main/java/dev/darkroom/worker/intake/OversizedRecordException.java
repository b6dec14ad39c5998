package dev.darkroom.worker.intake;

/** A record is larger than its topic takes: it will not be taken later either. */
public final class OversizedRecordException extends IntakeException {
    private static final long serialVersionUID = 1L;

    public OversizedRecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
