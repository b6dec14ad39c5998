package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.ops.JobWatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Says what happens to one job. {@link #progress} is called by the denoising loop, the rest by the job's thread. */
final class Announcer {
    /** At most one progress event in this time. */
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(1);

    private final EventPublisher publisher;
    private final TraceContext context;
    private final InstantSource clock;
    private final BooleanSupplier lost;
    private final JobWatch watch;
    private Instant quietUntil; // the loop's thread only, once the job is there
    private volatile CompletionStage<Void> last = CompletableFuture.completedStage(null);

    /**
     * Makes an announcer.
     *
     * @param lost whether the job is another worker's by now: then nothing more is said here
     * @param watch hears of the job too, in this worker
     */
    Announcer(
            EventPublisher publisher, TraceContext context, InstantSource clock, BooleanSupplier lost, JobWatch watch) {
        this.publisher = publisher;
        this.context = context;
        this.clock = clock;
        this.lost = lost;
        this.watch = watch;
        this.quietUntil = clock.instant().plus(PROGRESS_INTERVAL);
    }

    /** Says something that may be lost with the worker, without waiting. */
    void say(JobEvent event) {
        if (!lost.getAsBoolean()) {
            last = publisher.publish(event, context);
        }
    }

    /** Done when all that was said is published or given up: what is told from then on comes after it. */
    CompletionStage<Void> allSaid() {
        return last.exceptionally(dropped -> null);
    }

    /** The trace that the job's events belong to. */
    TraceContext context() {
        return context;
    }

    /** Who hears of the job in this worker. */
    JobWatch watch() {
        return watch;
    }

    void progress(GenerationJob job, int attempt, int step, int steps) {
        watch.stepped(step);
        Instant now = clock.instant();
        if (now.isBefore(quietUntil)) {
            return;
        }
        quietUntil = now.plus(PROGRESS_INTERVAL);
        say(new JobEvent.Progress(job.id(), attempt, job.context(), step, steps, Optional.empty()));
    }
}
