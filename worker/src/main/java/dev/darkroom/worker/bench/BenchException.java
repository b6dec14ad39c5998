package dev.darkroom.worker.bench;

/** Nothing can be said, because a job did not come to its pictures or the servers did not run. */
public final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }
}
