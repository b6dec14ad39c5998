package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;

/** A job that its workers do not survive: it is not tried again, whatever its code says. */
final class DeadlyJobException extends JobFailedException {
    private static final long serialVersionUID = 1L;

    DeadlyJobException(String reason) {
        super(FailureCode.INTERNAL, reason);
    }

    @Override
    boolean mayPass() {
        return false;
    }
}
