package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.storage.StorageException;

/**
 * What keeps a job that kills its workers from taking more of them with it, or other jobs. After two deaths it is tried by
 * itself; after as many as the limit says it is not tried again. Safe for use by several threads.
 */
final class Precautions {
    /** From so many deaths on a job is worked on by itself. */
    private static final int SUSPECT = 2;

    private final LetGoMarks marks;
    private final Workroom room;
    private final int deathLimit;

    /**
     * Takes precautions.
     *
     * @param deathLimit after how many deaths a job is not tried again
     */
    Precautions(LetGoMarks marks, Workroom room, int deathLimit) {
        this.marks = marks;
        this.room = room;
        this.deathLimit = deathLimit;
    }

    /** How many deaths of workers matter for a job; nothing is looked up where there cannot be enough. */
    int deaths(CheckIn.Result.Admitted admitted, JobRecord record) throws StorageException {
        String jobId = admitted.job().id();
        if (!admitted.takenBefore()) {
            marks.nobodyBegan(jobId, record);
            return 0;
        }
        return record.deliveryCount() - 1 < Math.min(SUSPECT, deathLimit) ? 0 : marks.deaths(jobId, record, deathLimit);
    }

    /**
     * Waits for a place to work on a job.
     *
     * @param stop ends the wait
     * @throws DeadlyJobException when workers died of it too often
     */
    Workroom.Place enter(int deaths, StopSignal stop)
            throws DeadlyJobException, StoppedException, InterruptedException {
        if (deaths >= deathLimit) {
            throw new DeadlyJobException("Its worker died " + deaths + " times before it was done");
        }
        return room.enter(deaths >= SUSPECT ? Workroom.Company.NOBODY : Workroom.Company.OTHERS, stop);
    }

    /** The work begins; from now on this delivery is a death if nothing else is known of it. */
    void begin(String jobId, JobRecord record) throws StorageException {
        marks.begin(jobId, record);
    }

    /** The job goes to another worker, and this one lives; waits a moment at most. */
    void letGo(JobRecord record) throws InterruptedException {
        marks.letGo(record);
    }

    /** The same, without waiting. */
    void letGoSoon(JobRecord record) {
        var unused = marks.letGoSoon(record);
    }

    /** Whether a record of whose job nothing can be read was delivered so often that this time it only gets its end. */
    boolean isLastDelivery(JobRecord record) {
        return record.deliveryCount() > deathLimit;
    }
}
