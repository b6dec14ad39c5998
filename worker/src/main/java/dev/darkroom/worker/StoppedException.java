package dev.darkroom.worker;

/** The job ends here before its pictures are there: it was cancelled, its lease was lost, or the worker drains. */
final class StoppedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int step;

    /** Before its first step. */
    StoppedException() {
        this(0);
    }

    StoppedException(int step) {
        super("Stopped after step " + step);
        this.step = step;
    }

    /** How many steps had been done. */
    int step() {
        return step;
    }
}
