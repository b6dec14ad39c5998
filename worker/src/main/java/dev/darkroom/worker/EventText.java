package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;

/** What an event says to people, without the job's id. */
final class EventText implements JobEvent.Visitor<String> {
    @Override
    public String started(JobEvent.Started started) {
        return "started by " + started.worker() + " with " + started.model();
    }

    @Override
    public String progress(JobEvent.Progress step) {
        return "step " + step.step() + " of " + step.steps();
    }

    @Override
    public String completed(JobEvent.Completed completed) {
        StringBuilder text = new StringBuilder("completed");
        completed
                .images()
                .forEach(image -> text.append("\n  s3://")
                        .append(image.bucket())
                        .append('/')
                        .append(image.key()));
        return text.toString();
    }

    @Override
    public String failed(JobEvent.Failed failed) {
        return "failed, " + failed.code() + ": " + failed.message();
    }

    @Override
    public String retrying(JobEvent.Retrying retrying) {
        return retrying.code() + ", tried again not before " + retrying.notBefore() + ": " + retrying.message();
    }

    @Override
    public String rejected(JobEvent.Rejected rejected) {
        return "rejected, " + rejected.code() + ": " + rejected.message();
    }

    @Override
    public String cancelled(JobEvent.Cancelled cancelled) {
        return "cancelled after step " + cancelled.step();
    }

    @Override
    public String expired(JobEvent.Expired expired) {
        return "expired after step " + expired.step();
    }
}
