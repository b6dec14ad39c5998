package dev.darkroom.worker.diffusion.schedule;

/** A scheduler, or a setting of one, that this worker does not have. The message names it. */
public final class UnsupportedSchedulerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedSchedulerException(String message) {
        super(message);
    }
}
