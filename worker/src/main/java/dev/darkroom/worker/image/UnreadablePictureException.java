package dev.darkroom.worker.image;

/** A file that is no picture, or none that is taken. Says why, in words for whoever sent it; quotes nothing of it. */
public final class UnreadablePictureException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadablePictureException(String why) {
        super(why);
    }

    UnreadablePictureException(String why, Throwable cause) {
        super(why, cause);
    }
}
