package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;

/** Why a stage of a job failed; {@link JobRun} turns it into an outcome. */
class JobFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureCode code;
    private final String reason;

    JobFailedException(FailureCode code, String reason) {
        super(reason);
        this.code = code;
        this.reason = reason;
    }

    /** Fails for the reason that the cause gives. */
    JobFailedException(FailureCode code, Throwable cause) {
        this(code, cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
    }

    JobFailedException(FailureCode code, String reason, Throwable cause) {
        super(reason, cause);
        this.code = code;
        this.reason = reason;
    }

    FailureCode code() {
        return code;
    }

    /** For the job's owner: it is published. */
    String reason() {
        return reason;
    }

    /** Whether the same stage, tried again as it is, may do better. */
    boolean mayPass() {
        return code.retriable();
    }
}
