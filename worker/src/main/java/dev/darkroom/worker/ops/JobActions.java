package dev.darkroom.worker.ops;

import dev.darkroom.client.Lane;
import dev.darkroom.job.GenerationJob;

/**
 * What can be done from the admin page. Each method waits for Kafka, some seconds at most, and may throw {@link
 * dev.darkroom.client.JobClientException}.
 */
public interface JobActions {
    /** Asks that a job be cancelled; its id is by the rule of ids. */
    void cancel(String jobId) throws InterruptedException;

    /** Sends a job. */
    void submit(GenerationJob job, Lane lane) throws InterruptedException;
}
