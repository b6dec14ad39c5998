package dev.darkroom.job;

import java.util.Optional;

/**
 * The wish that a job be ended. It may come before the job, while it waits or while it runs.
 *
 * @param jobId the job's id, by the rule of {@link JobRules#id}
 * @param reason why, for the operators; never needed
 */
public record CancelRequest(String jobId, Optional<String> reason) {
    public CancelRequest {
        JobRules.require("id", JobRules.id(jobId));
        reason.ifPresent(text -> JobRules.require("reason", JobRules.reason(text)));
    }
}
