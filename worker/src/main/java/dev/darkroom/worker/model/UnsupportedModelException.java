package dev.darkroom.worker.model;

/** A model is of a kind that this worker does not run, whoever tries and however often. */
public final class UnsupportedModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    public UnsupportedModelException(String message) {
        super(message);
    }
}
