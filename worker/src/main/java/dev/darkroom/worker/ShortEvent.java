package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import java.util.Optional;

/**
 * An event as small as it can be: without the job's context, with the beginning of its message. For a topic that does not
 * take the whole one. Stateless.
 */
final class ShortEvent implements JobEvent.Visitor<JobEvent> {
    private static final int LONGEST_MESSAGE = 200;

    private ShortEvent() {}

    /** The same event, of the same id. */
    static JobEvent of(JobEvent event) {
        return event.accept(new ShortEvent());
    }

    private static String cut(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }

    @Override
    public JobEvent started(JobEvent.Started event) {
        return new JobEvent.Started(event.jobId(), event.attempt(), Optional.empty(), event.worker(), event.model());
    }

    @Override
    public JobEvent progress(JobEvent.Progress event) {
        return new JobEvent.Progress(
                event.jobId(), event.attempt(), Optional.empty(), event.step(), event.steps(), Optional.empty());
    }

    /** The pictures are what it is about: they stay. */
    @Override
    public JobEvent completed(JobEvent.Completed event) {
        return new JobEvent.Completed(
                event.jobId(),
                event.attempt(),
                Optional.empty(),
                event.model(),
                event.noise(),
                event.source(),
                event.images(),
                event.timings());
    }

    @Override
    public JobEvent failed(JobEvent.Failed event) {
        return new JobEvent.Failed(
                event.jobId(), event.attempt(), Optional.empty(), event.code(), cut(event.message()));
    }

    @Override
    public JobEvent retrying(JobEvent.Retrying event) {
        return new JobEvent.Retrying(
                event.jobId(),
                event.attempt(),
                Optional.empty(),
                event.code(),
                cut(event.message()),
                event.notBefore());
    }

    @Override
    public JobEvent rejected(JobEvent.Rejected event) {
        return new JobEvent.Rejected(
                event.jobId(), event.attempt(), Optional.empty(), event.code(), cut(event.message()), event.jobHash());
    }

    @Override
    public JobEvent cancelled(JobEvent.Cancelled event) {
        return new JobEvent.Cancelled(event.jobId(), event.attempt(), Optional.empty(), event.step());
    }

    @Override
    public JobEvent expired(JobEvent.Expired event) {
        return new JobEvent.Expired(event.jobId(), event.attempt(), Optional.empty(), event.step());
    }
}
