package dev.darkroom.worker.image;

/** A decoder's output holds values that are not numbers, so there is no picture. */
public final class UndevelopedPictureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UndevelopedPictureException(String message) {
        super(message);
    }
}
