package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.OutgoingRecord;

/** How a job ended on this worker. */
sealed interface Outcome {
    /** An event that is to be published; then the job is accepted. */
    record Told(JobEvent event) implements Outcome {}

    /** It will never succeed: its event is to be published, then its record put among the dead letters. */
    record Dead(JobEvent event, FailureCode code, String reason) implements Outcome {}

    /**
     * It failed, and is to be tried again: its event is to be published, and its record sent to the topic of retries.
     *
     * @param failure how it ends where Kafka does not take that record
     */
    record Later(JobEvent.Retrying event, OutgoingRecord retry, JobEvent.Failed failure) implements Outcome {}

    /** Not finished here: another worker takes it. Nothing is published. */
    record HandedBack() implements Outcome {}

    /** What a terminal event asks for. */
    static Outcome of(JobEvent terminal) {
        return terminal instanceof JobEvent.Failed failed
                ? new Dead(failed, failed.code(), failed.message())
                : new Told(terminal);
    }
}
