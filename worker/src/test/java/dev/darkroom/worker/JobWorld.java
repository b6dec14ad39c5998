package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.intake.CancelRequests;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.RetrySchedule;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.catalogue.LocalCatalogue;
import dev.darkroom.worker.ops.JobWatch;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;

/** All that a job needs, without a broker, a bucket or a real model. Jobs run on the test's own thread. */
final class JobWorld implements AutoCloseable {
    static final String PREFIX = "pictures";
    static final int DELIVERY_LIMIT = 3;
    /** Two pictures of one set of steps. */
    static final String JOB =
            "{\"id\":\"job\",\"prompt\":\"abc\",\"num_inference_steps\":4,\"num_images\":2,\"guidance_scale\":1}";

    /** Calls of the UNet that {@link #JOB} takes. */
    static final int STEPS = 4;

    /** No valid job, under the same id. */
    static final String INVALID = "{\"id\":\"job\",\"prompt\":7}";

    private static final int ENOUGH = 1_000_000;
    private static final int ATTEMPTS = 3;
    private static final TopicsConfig TOPICS =
            new TopicsConfig("jobs", "events", "retry", "control", "dlq.jobs", 1, OptionalInt.empty());

    final Acts acts = new Acts();
    final ManualClock clock = new ManualClock(Instant.parse("2026-01-01T00:00:00Z"));
    final ScriptedStore store = new ScriptedStore(acts);
    final RowwiseModel model = new RowwiseModel("first");
    final RowwiseModel otherModel = new RowwiseModel("second");

    /** What the first is where it is asked for in float32. */
    final RowwiseModel preciseModel = new RowwiseModel("first");

    /** Why no model can be loaded, while there is a reason. */
    volatile Optional<ModelException> loadFailure = Optional.empty();

    /** On what its workers compute. */
    String computing = "test";

    /** What drained jobs leave behind; a test that wants it says so. */
    Optional<ResumePoints> resumePoints = Optional.empty();
    /** What a load does before anything else. */
    volatile Runnable onLoad = () -> {};

    /** Every dead letter so far, in order. */
    final List<OutgoingRecord> letters = new CopyOnWriteArrayList<>();

    /** Every record so far that is to be tried again, in order. */
    final List<OutgoingRecord> retries = new CopyOnWriteArrayList<>();

    /** The largest value that the topics of last records take. */
    int largestValue = ScriptedLease.LARGEST_VALUE;

    final CancelRequests cancels = new CancelRequests();

    /** Hears of the jobs. */
    JobWatch watch = JobWatch.NONE;

    private final List<JobEvent> told = new CopyOnWriteArrayList<>();
    private final ScriptedPublisher publisher = new ScriptedPublisher(acts, told);
    private final DenoisingLoop loop = new DenoisingLoop("test", WorkerModels.MAX_ROWS);
    private final LetGoMarks marks = new LetGoMarks(store, PREFIX);
    private final Precautions precautions = new Precautions(marks, new Workroom(), DELIVERY_LIMIT);
    private final LoadedModels models;
    private JobRun run;
    private ScriptedLease lease;

    /** The death of a worker, as far as a job can see it: it gets no further. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Makes a world.
     *
     * @param folder an empty one
     */
    JobWorld(Path folder) throws Exception {
        checkpoint(folder.resolve("first"));
        checkpoint(folder.resolve("second"));
        models = new LoadedModels(LocalCatalogue.of(folder), new Loader(), ENOUGH);
        model.steps.release(ENOUGH);
        preciseModel.steps.release(ENOUGH);
        otherModel.steps.release(ENOUGH);
    }

    /** Hands out the world's models. */
    private final class Loader implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) throws ModelException {
            onLoad.run();
            if (loadFailure.isPresent()) {
                throw loadFailure.get();
            }
            if (files.id().equals("second")) {
                return otherModel;
            }
            return files.precision().equals(Optional.of(Precision.FP32)) ? preciseModel : model;
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }

    private static void checkpoint(Path folder) throws IOException {
        Files.writeString(Files.createDirectories(folder).resolve("model_index.json"), "{}");
    }

    /** Delivers the queue's only record; returns when the worker is done with it. */
    void deliver(String json, int deliveryCount) {
        deliver(0, json, deliveryCount, "first");
    }

    /** Delivers the record at an offset to a worker with a default model. */
    void deliver(long offset, String json, int deliveryCount, String defaultModel) {
        byte[] value = json.getBytes(StandardCharsets.UTF_8);
        deliver(
                new JobRecord("jobs", 0, offset, Optional.empty(), value, List.of(), clock.instant(), deliveryCount),
                defaultModel);
    }

    /** Delivers the latest of the records that are to be tried again, as it comes back. */
    void deliverRetry() {
        OutgoingRecord retry = retries.get(retries.size() - 1);
        deliver(
                new JobRecord(
                        "jobs",
                        0,
                        100 + retries.size(),
                        retry.key(),
                        retry.value(),
                        retry.headers(),
                        clock.instant(),
                        1),
                "first");
    }

    /** Delivers a record to a worker with a default model. */
    void deliver(JobRecord record, String defaultModel) {
        lease = new ScriptedLease(record, acts, told, letters, retries);
        lease.limitValues(largestValue);
        try (JobResolver resolver = new JobResolver(models, Optional.of(defaultModel))) {
            deliver(resolver);
        }
    }

    private void deliver(JobResolver resolver) {
        JobStages stages = new JobStages(
                resolver,
                new JobLedger(store, PREFIX),
                store,
                PREFIX,
                publisher,
                new Developing(loop, resumePoints, FixedSlots.prefetch()),
                "worker",
                clock,
                new RetryPolicy(
                        new RetrySchedule(ATTEMPTS, new SplittableRandom(1)),
                        new SplittableRandom(1),
                        Duration.ofMillis(1)),
                cancels,
                TOPICS,
                new DeviceShares(TOPICS, new LanesConfig(1, 8, 4, 1)),
                precautions);
        run = new JobRun(
                lease,
                stages,
                new Settling(new EventRecords("events", "worker", clock), new DeadLetters("dlq.jobs")),
                Watched.of(lease.record(), watch));
        run.run();
    }

    /** From now on jobs that are handed back leave their state in the bucket. */
    void checkpointOnDrain(Duration limit) {
        resumePoints.ifPresent(ResumePoints::close);
        resumePoints = Optional.of(new ResumePoints(store, computing, limit));
    }

    /** For use within an act: the worker drains. */
    void drain() {
        run.stop();
    }

    /** For use within an act: the broker gives the job to another worker. */
    void loseLease() {
        lease.lose();
    }

    /** For use within an act: the worker dies; the job is handed back without the wait that follows on an error. */
    void die() {
        run.stop();
        throw new Death();
    }

    /** What was published, in order. */
    List<JobEvent> events() {
        return List.copyOf(told);
    }

    List<JobEvent> terminalEvents() {
        return events().stream().filter(JobEvent::terminal).toList();
    }

    /** The only terminal event there may be, however often it was told. */
    JobEvent.Completed completed() {
        return (JobEvent.Completed) terminalEvents().get(0);
    }

    JobEvent.Failed failed() {
        assertThat(terminalEvents()).hasSize(1);
        return (JobEvent.Failed) terminalEvents().get(0);
    }

    /** The latest event. */
    JobEvent last() {
        return events().get(events().size() - 1);
    }

    /** What the bucket says of how the job ended. */
    Optional<JobEvent> outcome() throws StorageException {
        return new JobLedger(store, PREFIX).outcome("job");
    }

    /** How often the UNet was called. */
    int steps() {
        return model.rowsOfCalls.size() + otherModel.rowsOfCalls.size() + preciseModel.rowsOfCalls.size();
    }

    @Override
    public void close() {
        model.steps.release(ENOUGH);
        loop.close();
        resumePoints.ifPresent(ResumePoints::close);
        models.close();
        marks.close();
    }
}
