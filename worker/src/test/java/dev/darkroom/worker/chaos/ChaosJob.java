package dev.darkroom.worker.chaos;

import java.util.List;

/**
 * A job id and what is sent under it.
 *
 * @param contents the values of its records; one that is sent twice is in it once
 */
record ChaosJob(String id, Kind kind, List<String> contents) {
    /** What becomes of the id. */
    enum Kind {
        /** Completed. */
        PLAIN(68),
        /** Completed; its record is sent two or three times. */
        REPEATED(10),
        /** Failed, with a dead letter. */
        INVALID(3),
        /** Failed under an id that is made of the record's position, with a dead letter. */
        UNREADABLE(1),
        /** Two jobs: one is completed, the other one rejected, with a dead letter. */
        RIVALS(3),
        /** A job and an invalid one: whichever comes first has the id, and the invalid one has a dead letter. */
        INVALID_RIVAL(2),
        /** Expired: its deadline has passed before it is sent. */
        LATE(3),
        /** Cancelled: it is asked for before there is any worker. */
        CANCELLED(3),
        /** Cancelled or completed: the request comes with the job. */
        CANCELLED_MIDWAY(2),
        /** Completed, at its second attempt unless a worker dies with the first. */
        SHAKY(2),
        /** Failed at its last attempt, with a dead letter. */
        BROKEN(2),
        /** Failed at once, with a dead letter. */
        UNKNOWN_MODEL(1);

        /** How often it comes, in percent. */
        final int weight;

        Kind(int weight) {
            this.weight = weight;
        }
    }

    ChaosJob {
        contents = List.copyOf(contents);
    }

    boolean hasRival() {
        return contents.size() > 1;
    }
}
