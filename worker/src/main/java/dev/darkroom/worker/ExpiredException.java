package dev.darkroom.worker;

/** The job's deadline passed before its pictures were ready. */
final class ExpiredException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int step;

    ExpiredException(int step) {
        super("The deadline passed after step " + step);
        this.step = step;
    }

    /** How many steps had been done. */
    int step() {
        return step;
    }
}
