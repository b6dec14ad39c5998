package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;

/** Why a stage of a job failed; {@link JobRun} turns it into an outcome. The message goes to the job's owner. */
final class JobFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureCode code;

    JobFailedException(FailureCode code, String message) {
        super(message);
        this.code = code;
    }

    JobFailedException(FailureCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    FailureCode code() {
        return code;
    }
}
