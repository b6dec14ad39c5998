package dev.darkroom.worker;

import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.events.KafkaEventPublisher;
import dev.darkroom.worker.intake.CancelRequests;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.RetrySchedule;
import dev.darkroom.worker.intake.TenantWatch;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.catalogue.LocalCatalogue;
import dev.darkroom.worker.storage.InMemoryResultStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Intake, desk and jobs of a worker of several slots, on a real broker, with models that a test holds up. */
final class FairWorker implements AutoCloseable {
    private static final int ENOUGH = 1_000_000;

    /** Does a job at once. */
    final RowwiseModel free = new RowwiseModel("free");

    /** Each does a step when it is let. */
    final RowwiseModel firstGate = new RowwiseModel("first-gate");

    final RowwiseModel secondGate = new RowwiseModel("second-gate");

    final TenantWatch watch;
    private final Resources resources = new Resources();
    private final JobDesk desk;
    private final JobSource source;
    private final UnaryOperator<Lease> between;

    /**
     * Takes nothing yet.
     *
     * @param folder an empty one
     * @param between what is between the source and the desk
     */
    FairWorker(WorkerConfig config, int slots, Path folder, UnaryOperator<Lease> between) throws Exception {
        free.steps.release(ENOUGH);
        Map<String, RowwiseModel> all = Map.of("free", free, "first-gate", firstGate, "second-gate", secondGate);
        for (String id : all.keySet()) {
            Files.writeString(Files.createDirectories(folder.resolve(id)).resolve("model_index.json"), "{}");
        }
        InMemoryResultStore bucket = new InMemoryResultStore("bucket");
        JobSource jobs = WorkerSetup.initialise(config, bucket).group().source(slots, config.workerId());
        LoadedModels models = resources.add(new LoadedModels(LocalCatalogue.of(folder), new Loader(all), ENOUGH));
        DenoisingLoop loop = resources.add(new DenoisingLoop("test", Worker.MAX_ROWS));
        InstantSource clock = InstantSource.system();
        EventRecords events = new EventRecords(config.kafka().topics().events(), config.workerId(), clock);
        JobStages stages = new JobStages(
                new JobResolver(models, Optional.of("free")),
                new JobLedger(bucket, "pictures"),
                bucket,
                "pictures",
                resources.add(new KafkaEventPublisher(config.kafka(), events)),
                new Developing(loop),
                config.workerId(),
                clock,
                new RetryPolicy(new RetrySchedule(1, new SplittableRandom(1)), new SplittableRandom(1)),
                new CancelRequests(),
                config.kafka().topics(),
                config.delivery().deliveryLimit());
        watch = resources.add(new TenantWatch(config.kafka(), config.workerId()));
        Settling settling =
                new Settling(events, new DeadLetters(config.kafka().topics().deadLetters()));
        desk = resources.add(new JobDesk(stages, settling, new Admission(slots, watch::behind)));
        source = resources.add(jobs);
        this.between = between;
    }

    private record Loader(Map<String, RowwiseModel> models) implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            return Optional.ofNullable(models.get(files.id())).orElseThrow();
        }

        @Override
        public long memory(ModelFiles files) {
            return 1;
        }
    }

    void start() {
        source.start(lease -> desk.receive(between.apply(lease)));
    }

    @Override
    public void close() {
        firstGate.steps.release(ENOUGH);
        secondGate.steps.release(ENOUGH);
        source.stopTaking();
        resources.close();
    }
}
