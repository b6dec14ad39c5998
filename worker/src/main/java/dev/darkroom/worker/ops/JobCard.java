package dev.darkroom.worker.ops;

import dev.darkroom.client.Lane;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** What is known of one delivery of a job, and told to the meters at its end. Safe for use by several threads. */
final class JobCard implements JobWatch {
    private static final String RECEIVED = "received";
    private static final String LOST = "lost";
    private static final String HANDED_BACK = "handed_back";

    private final Lane lane;
    private final Instant since;
    private final Duration waited;
    private final JobMeters meters;
    private final Consumer<JobCard> remove;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Optional<BegunJob> begun = Optional.empty();
    private volatile int steps;
    private volatile String phase = RECEIVED;

    /**
     * A card for a job that has just come.
     *
     * @param waited how long it had until then
     * @param remove takes the card away
     */
    JobCard(Lane lane, Instant since, Duration waited, JobMeters meters, Consumer<JobCard> remove) {
        this.lane = lane;
        this.since = since;
        this.waited = waited;
        this.meters = meters;
        this.remove = remove;
    }

    Lane lane() {
        return lane;
    }

    Instant since() {
        return since;
    }

    Duration waited() {
        return waited;
    }

    @Override
    public void identified(String jobId) {}

    @Override
    public void begins(BegunJob job) {
        begun = Optional.of(job);
        meters.begins(job.model(), lane.label());
    }

    @Override
    public void stepped(int done) {
        steps = done;
    }

    @Override
    public void enters(String entered) {
        phase = entered;
    }

    @Override
    public void uploadFailed() {
        meters.uploadFailed();
    }

    @Override
    public void ended(JobEvent last, Optional<FailureCode> buried) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        count(last.type());
        if (last instanceof JobEvent.Completed completed && begun.isPresent()) { // else others made its pictures
            meters.completed(completed);
        }
        if (last instanceof JobEvent.Failed failed) {
            meters.failed(failed.code());
        } else if (last instanceof JobEvent.Retrying retrying) {
            meters.failed(retrying.code());
        } else if (last instanceof JobEvent.Rejected rejected) {
            meters.failed(rejected.code());
        }
        buried.ifPresent(meters::buried);
    }

    @Override
    public void handedBack() {
        if (over.compareAndSet(false, true)) {
            count(HANDED_BACK);
        }
    }

    @Override
    public void leaseLost() {
        if (over.compareAndSet(false, true)) {
            count(LOST);
            meters.leaseLost();
        }
    }

    private void count(String outcome) {
        meters.ended(outcome, begun.map(BegunJob::model).orElse(JobMeters.NO_MODEL), lane.label());
    }

    @Override
    public void close() {
        handedBack(); // unless it ended otherwise: an interrupt or an error gave it back
        remove.accept(this);
    }

    WorkerStatus.Job read(Instant now) {
        Duration age = Duration.between(since, now);
        return new WorkerStatus.Job(
                begun, lane.label(), phase, steps, age.isNegative() ? 0 : age.toSeconds(), waited.toSeconds());
    }
}
