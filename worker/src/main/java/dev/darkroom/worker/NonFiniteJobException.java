package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.model.Precision;

/**
 * A model gave numbers that are not finite. The same computation gives the same numbers, so it is not tried again as it
 * is, though other failures of its code are.
 */
final class NonFiniteJobException extends JobFailedException {
    private static final long serialVersionUID = 1L;

    private final Precision precision;

    /** Fails for the reason that the cause gives. */
    NonFiniteJobException(Precision precision, Throwable cause) {
        super(FailureCode.INFERENCE_FAILED, cause);
        this.precision = precision;
    }

    /** What the model computed with: a larger one may do. */
    Precision precision() {
        return precision;
    }

    @Override
    boolean mayPass() {
        return false;
    }
}
