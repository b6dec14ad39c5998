package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.intake.CancelRequests;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.model.BorrowedModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.ops.BegunJob;
import dev.darkroom.worker.storage.Recovery;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a job between its decoding and its settlement, a method for each stage. A stage that fails says with
 * which code; whether it is tried again is {@link JobRun}'s affair. Safe for use by several threads.
 */
final class JobStages {
    private static final Logger log = LoggerFactory.getLogger(JobStages.class);
    private static final Duration NO_DEADLINE = Duration.ofDays(365);

    private final JobResolver resolver;
    private final JobLedger ledger;
    private final ResultStore store;
    private final String prefix;
    private final InputShelf inputs;
    private final PictureShelf shelf;
    private final EventPublisher publisher;
    private final Developing developing;
    private final String workerId;
    private final InstantSource clock;
    private final RetryPolicy retries;
    private final CancelRequests cancels;
    private final TopicsConfig topics;
    private final DeviceShares shares;
    private final Precautions precautions;

    JobStages(
            JobResolver resolver,
            JobLedger ledger,
            ResultStore store,
            String prefix,
            InputShelf inputs,
            EventPublisher publisher,
            Developing developing,
            String workerId,
            InstantSource clock,
            RetryPolicy retries,
            CancelRequests cancels,
            TopicsConfig topics,
            DeviceShares shares,
            Precautions precautions) {
        this.resolver = resolver;
        this.ledger = ledger;
        this.store = store;
        this.prefix = prefix;
        this.inputs = inputs;
        this.shelf = new PictureShelf(store, prefix);
        this.publisher = publisher;
        this.developing = developing;
        this.workerId = workerId;
        this.clock = clock;
        this.retries = retries;
        this.cancels = cancels;
        this.topics = topics;
        this.shares = shares;
        this.precautions = precautions;
    }

    RetryPolicy retries() {
        return retries;
    }

    Precautions precautions() {
        return precautions;
    }

    CancelRequests cancels() {
        return cancels;
    }

    JobLedger ledger() {
        return ledger;
    }

    /** Tells when a bucket that was away is back; to be closed. */
    Recovery recovery() {
        return store.recovery();
    }

    Announcer announcer(Lease lease, Watched watched) {
        return new Announcer(publisher, watched.trace(), clock, lease::isLost, watched.watch());
    }

    /** How far a delivery's job has come, from worker to worker. */
    Handover handover(Lease lease, StopSignal handBack) {
        return new Handover(lease, handBack, prefix, developing.points());
    }

    /**
     * The job's model, loaded if need be.
     *
     * @param precision empty for the model's own
     * @param takenBefore whether pictures may be there: then the model is wanted after the deadline too
     * @param stop ends the wait for it
     */
    BorrowedModel borrow(GenerationJob job, Optional<Precision> precision, boolean takenBefore, StopSignal stop)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        return resolver.borrow(job, precision, takenBefore ? NO_DEADLINE : timeLeft(job), stop);
    }

    /**
     * The pictures that the job names.
     *
     * @param stop raised when the work is to end before the next one
     */
    Optional<GivenPictures> inputs(GenerationJob job, StopSignal stop)
            throws JobFailedException, StorageException, StoppedException, InterruptedException {
        return inputs.read(job, stop);
    }

    /** Fills in what the job leaves open. */
    ResolvedJob resolve(GenerationJob job, Optional<GivenPictures> given, LoadedModel model) throws JobFailedException {
        return JobResolver.resolve(job, given, model, model.description().schedulerConfig());
    }

    /** Refuses a job whose deadline has passed. */
    void checkDeadline(GenerationJob job) throws ExpiredException {
        if (timeLeft(job).isNegative()) {
            throw new ExpiredException(0);
        }
    }

    private Duration timeLeft(GenerationJob job) {
        return job.deadline()
                .map(deadline -> Duration.between(clock.instant(), deadline))
                .orElse(NO_DEADLINE);
    }

    /** The completed event of a job whose manifest is in the bucket: an earlier attempt got as far as that. */
    Optional<JobEvent> finished(ResolvedJob resolved) throws StorageException {
        return shelf.finished(resolved);
    }

    /** Says that the job begins. */
    JobTimer start(JobRecord record, Announcer announcer, ResolvedJob resolved, int attempt) {
        GenerationJob job = resolved.job();
        String model = job.model().orElseThrow();
        announcer.say(new JobEvent.Started(job.id(), attempt, job.context(), workerId, model));
        log.info(
                "Job {}: started, {} {}x{}, {} steps of {}, attempt {}",
                job.id(),
                model,
                resolved.request().width(),
                resolved.request().height(),
                resolved.request().numInferenceSteps(),
                resolved.request().scheduler(),
                attempt);
        announcer
                .watch()
                .begins(new BegunJob(
                        job.id(),
                        attempt,
                        model,
                        resolved.request().scheduler(),
                        resolved.request().width(),
                        resolved.request().height(),
                        resolved.calls(),
                        job.numImages()));
        return new JobTimer(
                Duration.between(DeferralHeaders.enqueued(record), clock.instant()),
                System::nanoTime,
                phase -> announcer.watch().enters(phase.name().toLowerCase(Locale.ROOT)));
    }

    /**
     * A failed job's way to its next attempt; empty when there is none.
     *
     * @param trace that this attempt belongs to, and the next
     */
    Optional<Outcome> later(JobRecord record, JobEvent.Failed failure, JobFailedException why, TraceContext trace) {
        return retries.nextAttempt(why, failure.attempt()).map(wait -> {
            Instant notBefore = clock.instant().plus(wait).truncatedTo(ChronoUnit.MILLIS);
            JobEvent.Retrying event = new JobEvent.Retrying(
                    failure.jobId(),
                    failure.attempt(),
                    failure.context(),
                    failure.code(),
                    failure.message(),
                    notBefore);
            OutgoingRecord retry = RetryHeaders.retry(record, notBefore, topics);
            return new Outcome.Later(event, Watched.isTraced(record) ? retry : traced(retry, trace), failure);
        });
    }

    private static OutgoingRecord traced(OutgoingRecord record, TraceContext trace) {
        List<JobRecord.Header> headers = new ArrayList<>(record.headers());
        trace.headers()
                .forEach((name, value) ->
                        headers.add(new JobRecord.Header(name, value.getBytes(StandardCharsets.US_ASCII))));
        return new OutgoingRecord(record.topic(), record.key(), record.value(), headers);
    }

    /** Says that a stage failed and when it is tried again, here and now. */
    void tellRetry(Announcer announcer, GenerationJob job, int attempt, JobFailedException why, Duration wait) {
        announcer.say(new JobEvent.Retrying(
                job.id(),
                attempt,
                job.context(),
                why.code(),
                why.reason(),
                clock.instant().plus(wait)));
    }

    /** The same of an upload. */
    void tellUploadRetry(Announcer announcer, GenerationJob job, int attempt, JobFailedException why, Duration wait) {
        announcer.watch().uploadFailed();
        tellRetry(announcer, job, attempt, why, wait);
    }

    /**
     * From the request to encoded pictures.
     *
     * @param stop raised when the work is to end at the next step
     * @param handover where the work begins, and what it leaves when it is stopped
     */
    Developed develop(
            JobRecord record,
            Announcer announcer,
            ResolvedJob resolved,
            int attempt,
            JobTimer timer,
            StopSignal stop,
            Handover handover)
            throws JobFailedException, ExpiredException, StoppedException, InterruptedException {
        GenerationJob job = resolved.job();
        int steps = resolved.calls();
        return developing.develop(
                resolved,
                shares.of(record),
                timeLeft(job),
                step -> announcer.progress(job, attempt, step, steps),
                timer,
                stop,
                handover);
    }

    /**
     * Uploads pictures, then the manifest, which says that all else is there.
     *
     * @param stop raised when the work is to end before the next object
     */
    JobEvent store(Developed developed, int attempt, JobTimer timer, StopSignal stop)
            throws JobFailedException, StoppedException {
        timer.enter(JobTimer.Phase.UPLOAD);
        try {
            return shelf.put(developed, attempt, timer, stop);
        } catch (StorageException e) {
            throw new JobFailedException(FailureCode.STORAGE_UNAVAILABLE, e);
        }
    }
}
