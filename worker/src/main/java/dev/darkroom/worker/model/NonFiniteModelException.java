package dev.darkroom.worker.model;

/** A model's numbers are infinite or no numbers at all, whatever it is asked; loading it again will not help. */
public final class NonFiniteModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    private final Precision precision;

    /**
     * Says what was not finite.
     *
     * @param precision what the model was to compute with
     */
    public NonFiniteModelException(String message, Precision precision) {
        super(message);
        this.precision = precision;
    }

    /**
     * Says what was not finite.
     *
     * @param precision what the model computed with
     */
    public NonFiniteModelException(String message, Precision precision, Throwable cause) {
        super(message, cause);
        this.precision = precision;
    }

    /** What the model computed with: numbers may be finite in a larger one. */
    public Precision precision() {
        return precision;
    }
}
