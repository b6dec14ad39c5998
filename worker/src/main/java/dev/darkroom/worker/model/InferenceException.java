package dev.darkroom.worker.model;

/** The runtime failed while a network ran. The same call may succeed when it is made again. */
public class InferenceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InferenceException(String message, Throwable cause) {
        super(message, cause);
    }
}
