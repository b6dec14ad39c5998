package dev.darkroom.worker;

import dev.darkroom.worker.config.LanesConfig;
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
import dev.darkroom.worker.ops.JobWatch;
import dev.darkroom.worker.storage.ResultStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** Intake, desk and jobs of a worker of several slots, on a real broker, with a bucket that holds two of its jobs up. */
final class FairWorker implements AutoCloseable {
    private static final int ENOUGH = 1_000_000;

    /** The job {@code first} keeps its slot until this is down. */
    final CountDownLatch first = new CountDownLatch(1);

    /** The job {@code second} likewise. */
    final CountDownLatch second = new CountDownLatch(1);

    final TenantWatch watch;
    private final RowwiseModel model = new RowwiseModel("model");
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
        model.steps.release(ENOUGH);
        Files.writeString(Files.createDirectories(folder.resolve("model")).resolve("model_index.json"), "{}");
        ResultStore bucket = new HeldBucket(Map.of("first", first, "second", second));
        LanesConfig lanes = new LanesConfig(slots, 0, 1, 0);
        JobSource jobs = WorkerSetup.initialise(config, bucket).group().source(lanes, config.workerId());
        LoadedModels models = resources.add(new LoadedModels(LocalCatalogue.of(folder), new Loader(model), ENOUGH));
        DenoisingLoop loop = resources.add(new DenoisingLoop("test", WorkerModels.MAX_ROWS));
        InstantSource clock = InstantSource.system();
        EventRecords events = new EventRecords(config.kafka().topics().events(), config.workerId(), clock);
        JobStages stages = new JobStages(
                resources.add(new JobResolver(models, Optional.of("model"))),
                new JobLedger(bucket, "pictures"),
                bucket,
                "pictures",
                resources.add(new KafkaEventPublisher(config.kafka(), events)),
                new Developing(loop, Optional.empty(), FixedSlots.prefetch()),
                config.workerId(),
                clock,
                new RetryPolicy(new RetrySchedule(1, new SplittableRandom(1)), new SplittableRandom(1)),
                new CancelRequests(),
                config.kafka().topics(),
                new DeviceShares(config.kafka().topics(), lanes),
                new Precautions(
                        resources.add(new LetGoMarks(bucket, "pictures")),
                        new Workroom(),
                        config.delivery().deliveryLimit()));
        watch = resources.add(new TenantWatch(config.kafka(), config.workerId()));
        Settling settling =
                new Settling(events, new DeadLetters(config.kafka().topics().deadLetters()));
        desk = resources.add(new JobDesk(
                stages,
                settling,
                new Admission(slots, watch::behind),
                FixedSlots.prefetch(),
                record -> Watched.of(record, JobWatch.NONE)));
        source = resources.add(jobs);
        this.between = between;
    }

    private record Loader(LoadedModel model) implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            return model;
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
        first.countDown();
        second.countDown();
        source.stopTaking();
        resources.close();
    }
}
