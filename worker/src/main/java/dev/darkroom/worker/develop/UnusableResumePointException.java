package dev.darkroom.worker.develop;

/** Bytes that a generation cannot go on from: damaged, or of another job, model or version. Says why, and quotes nothing. */
public final class UnusableResumePointException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableResumePointException(String why) {
        super(why);
    }
}
