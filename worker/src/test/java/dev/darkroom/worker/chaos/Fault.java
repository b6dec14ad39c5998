package dev.darkroom.worker.chaos;

import java.time.Duration;

/**
 * Something that goes wrong.
 *
 * @param afterJobs how many jobs have ended when it happens
 * @param delay how long after that
 * @param worker the number of the worker that it happens to, for those that happen to one
 * @param length for those that end
 */
record Fault(int afterJobs, Duration delay, Kind kind, int worker, Duration length) {
    enum Kind {
        /** SIGKILL; another worker starts at once. */
        KILL(5),
        /** SIGSTOP for longer than the lease, then SIGCONT. */
        FREEZE(2),
        /** SIGTERM; another worker starts while this one drains. */
        TERMINATE(3),
        /** The broker stops properly, and starts again on its data. */
        BROKER_RESTART(2),
        /** Connections to the bucket are reset at once. */
        BUCKET_REFUSES(1),
        /** Bytes to and from the bucket wait. */
        BUCKET_HANGS(1),
        BUCKET_IS_SLOW(1),
        /** Connections to the bucket are reset in the middle of requests and answers. */
        BUCKET_RESETS(2);

        /** How often it happens, in proportion to the others. */
        final int weight;

        Kind(int weight) {
            this.weight = weight;
        }

        boolean isWorkers() {
            return this == KILL || this == FREEZE || this == TERMINATE;
        }
    }

    @Override
    public String toString() {
        return kind + (kind.isWorkers() ? " of worker " + worker : "") + " after " + afterJobs + " jobs"
                + (delay.isZero() ? "" : " and " + delay.toMillis() + " ms")
                + (length.isZero() ? "" : ", for " + length.toMillis() + " ms");
    }
}
