package dev.darkroom.worker.develop;

/** When jobs join those in the loop. */
public enum Joining {
    /** Before the next step. */
    AT_EACH_STEP,
    /**
     * When all others have left, as many as fill a call: a batch at a time, as servers of networks that need a single call have
     * it. What the loop is held against.
     */
    WHEN_ALL_HAVE_LEFT
}
