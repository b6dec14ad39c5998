package dev.darkroom.worker.model;

/** A network wanted more memory than the device, or the process, could give. A smaller call may succeed. */
public final class InsufficientMemoryException extends InferenceException {
    private static final long serialVersionUID = 1L;

    public InsufficientMemoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
