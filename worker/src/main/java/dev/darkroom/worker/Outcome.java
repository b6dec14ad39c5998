package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;

/** How a job ended on this worker. */
sealed interface Outcome {
    /** Its terminal event, or the refusal of its id, is still to be published; then the job is accepted. */
    record Told(JobEvent event) implements Outcome {}

    /** It will never succeed: published, put among the dead letters, accepted. */
    record Dead(JobEvent.Failed event) implements Outcome {}

    /** Not finished here: another worker takes it. Nothing is published. */
    record HandedBack() implements Outcome {}
}
