package dev.darkroom.worker.model;

/** A model cannot be loaded: its files are absent, broken, or of a kind that this worker does not run. */
public class ModelException extends Exception {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
