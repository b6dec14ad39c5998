package dev.darkroom.worker;

/** The job ends here without an outcome: its lease was lost, or the worker drains. */
final class StoppedException extends Exception {
    private static final long serialVersionUID = 1L;
}
