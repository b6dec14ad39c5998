package dev.darkroom.worker;

import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.DenoisingLoop;
import dev.darkroom.worker.develop.StallLimits;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.events.KafkaEventPublisher;
import dev.darkroom.worker.intake.CancelRequests;
import dev.darkroom.worker.intake.ControlReader;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobGroup;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.RetryMover;
import dev.darkroom.worker.intake.RetrySchedule;
import dev.darkroom.worker.intake.TenantWatch;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.LoggedProgress;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.StorageBreaker;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker: everything it is made of, wired by hand from top to bottom. {@link #start} opens it in the order in which
 * jobs flow, the source last; {@link #close} drains it and closes in reverse.
 */
public final class Worker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    /** How long a step that stalled may take to end; what then still runs never will. */
    private static final Duration STALLED_END = Duration.ofMinutes(1);
    /** Jobs that failed with the device can be told of within this time. */
    private static final Duration HASTY_DRAIN = Duration.ofSeconds(5);
    /** No job is taken before it is known which are cancelled; so long, at most, nothing may come of reading that. */
    private static final Duration CONTROL_READ = Duration.ofSeconds(30);

    private final Resources resources;
    private final LoadedModels models;
    private final JobSource source;
    private final JobDesk desk;
    private final Duration drainTimeout;
    private final WorkerHealth health;
    private final LastResort lastResort;
    private final WorkerOps ops;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private Worker(
            Resources resources,
            LoadedModels models,
            JobSource source,
            JobDesk desk,
            Duration drainTimeout,
            WorkerHealth health,
            LastResort lastResort,
            WorkerOps ops) {
        this.resources = resources;
        this.models = models;
        this.source = source;
        this.desk = desk;
        this.drainTimeout = drainTimeout;
        this.health = health;
        this.lastResort = lastResort;
        this.ops = ops;
        lastResort.stopsBy(() -> stop(HASTY_DRAIN));
    }

    /**
     * Starts a worker: creates what is absent in Kafka and in the bucket, loads the default model and tries it, then takes jobs.
     *
     * @throws IOException when the admin server cannot listen
     * @throws IntakeException when Kafka cannot be used as configured
     * @throws StorageException when the bucket cannot be used as configured
     * @throws ModelException when the folder of models, the catalogue or the default model cannot be used
     * @throws InterruptedException while the default model is fetched or loaded
     */
    public static Worker start(WorkerConfig config)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        return start(config, WorkerParts.REAL);
    }

    static Worker start(WorkerConfig config, WorkerParts parts)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        Resources resources = new Resources();
        try {
            return start(config, parts, resources);
        } catch (IOException
                | IntakeException
                | StorageException
                | ModelException
                | InterruptedException
                | RuntimeException
                | Error e) {
            try {
                resources.close();
            } catch (IllegalStateException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private static Worker start(WorkerConfig config, WorkerParts parts, Resources resources)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        InstantSource clock = Clock.systemUTC();
        WorkerHealth health = new WorkerHealth();
        WorkerOps ops = WorkerOps.open(config, parts.observation(), health, clock, resources);

        ModelCatalogue catalogue = ModelSources.catalogue(config, new LoggedProgress(clock), resources);
        String prefix = config.s3().prefix();
        StorageBreaker store = resources.add(
                new StorageBreaker(ops.counted(parts.bucket().apply(new S3ResultStore(config.s3()))), prefix));
        health.watch(store);
        JobGroup group = WorkerSetup.initialise(config, store).group();

        // Reads while the default model is loaded.
        CancelRequests cancels = new CancelRequests();
        ControlReader control = resources.add(ControlReader.start(config.kafka(), config.workerId(), cancels));

        LoadedModels models = resources.add(WorkerModels.of(
                config.device(), catalogue, ops.counted(parts.loader().apply(config.device()))));
        Optional<String> defaultModel = WorkerModels.defaultModel(config.models(), catalogue);
        LanesConfig lanes = config.lanes().filling(WorkerModels.jobsOfACall(config.device(), models, defaultModel));
        Prefetch prefetch = new Prefetch(
                lanes.slots(),
                mostSlots(config.lanes(), lanes, group.mode()),
                config.kafka().topics(),
                clock);
        LastResort lastResort = new LastResort(parts.exit());
        DenoisingLoop loop = resources.add(new DenoisingLoop(
                "device-0",
                WorkerModels.callRules(config.device()),
                parts.joining(),
                new StallLimits(config.retry().stallTimeout(), STALLED_END, lastResort::use),
                System::nanoTime));
        health.watch(loop);
        EventRecords events = new EventRecords(config.kafka().topics().events(), config.workerId(), clock);
        EventPublisher publisher = resources.add(parts.events().apply(new KafkaEventPublisher(config.kafka(), events)));
        Settling settling =
                new Settling(events, new DeadLetters(config.kafka().topics().deadLetters()));

        Developing developing = new Developing(loop, resumePoints(config, store, resources), prefetch, ops.pictures());
        ops.show(developing, models, lanes, prefetch::slots);
        JobStages stages = new JobStages(
                resources.add(new JobResolver(models, defaultModel)),
                new JobLedger(store, prefix),
                store,
                prefix,
                new InputShelf(store, config.s3().inputPrefix()),
                publisher,
                developing,
                config.workerId(),
                clock,
                new RetryPolicy(new RetrySchedule(config.retry().attempts(), new Random()), new Random()),
                cancels,
                config.kafka().topics(),
                new DeviceShares(config.kafka().topics(), lanes),
                new Precautions(
                        resources.add(new LetGoMarks(store, prefix)),
                        new Workroom(),
                        config.delivery().deliveryLimit()));
        resources.add(RetryMover.start(config.kafka(), config.workerId(), clock));
        TenantWatch tenants = resources.add(new TenantWatch(config.kafka(), config.workerId()));
        JobDesk desk = resources.add(
                new JobDesk(stages, settling, new Admission(lanes.slots(), tenants::behind), prefetch, ops::watch));
        JobSource source = resources.add(parts.source().apply(group.source(lanes, config.workerId())));
        prefetch.opensBy(source::widen);
        control.awaitReady(CONTROL_READ);
        store.watch(new IntakeSwitch(source));
        source.start(desk::receive);
        health.takesJobs();
        log.info("Worker {} takes jobs from {}", config.workerId(), topics(config));
        return new Worker(resources, models, source, desk, config.delivery().drainTimeout(), health, lastResort, ops);
    }

    /**
     * As many again as fill a call, where nobody has said how many. A consumer group's further members would take partitions
     * from other workers.
     */
    static int mostSlots(LanesConfig configured, LanesConfig lanes, DeliveryConfig.Mode mode) {
        boolean fixed = configured.slots() > 0 || mode != DeliveryConfig.Mode.SHARE;
        return fixed ? lanes.slots() : 2 * lanes.slots();
    }

    /** Empty unless they are asked for. */
    private static Optional<ResumePoints> resumePoints(WorkerConfig config, StorageBreaker store, Resources resources) {
        if (!config.delivery().checkpointOnDrain()) {
            return Optional.empty();
        }
        DeviceConfig device = config.device();
        String computing = WorkerModels.device(device.kind()) + " " + device.memory() + " " + device.determinism();
        return Optional.of(resources.add(new ResumePoints(store, computing, ResumePoints.WRITE_LIMIT)));
    }

    private static String topics(WorkerConfig config) {
        return config.lanes().taken().stream()
                .map(config.kafka().topics()::jobs)
                .collect(Collectors.joining(", "));
    }

    /** The port of its admin server. */
    int adminPort() {
        return ops.port();
    }

    /** What is loaded, for whoever watches the worker. */
    LoadedModels models() {
        return models;
    }

    /**
     * Waits until the worker is closed, or until it has had no job for the given time.
     *
     * @throws IntakeException when the source cannot go on
     */
    void awaitEnd(Optional<Duration> idle) throws IntakeException, InterruptedException {
        CompletableFuture<Object> end =
                CompletableFuture.anyOf(closed, source.ended().toCompletableFuture());
        while (true) {
            try {
                end.get(
                        idle.map(limit -> desk.idleLeft(limit).toMillis() + 1).orElse(Long.MAX_VALUE),
                        TimeUnit.MILLISECONDS);
                if (lastResort.isUsed()) {
                    lastResort.awaitEnd();
                    throw new IllegalStateException("The worker has ended itself: its device does not work any more");
                }
                return;
            } catch (TimeoutException e) {
                if (idle.isPresent() && desk.idleLeft(idle.get()).isZero()) {
                    log.info("No job for {}: the worker ends", idle.get());
                    return;
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IntakeException cause) {
                    throw cause;
                }
                throw new IllegalStateException("The source of jobs failed", e.getCause());
            }
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Takes no further job, lets the running ones finish or hands them back, then closes all. Idempotent. */
    void stop() {
        stop(drainTimeout);
    }

    private void stop(Duration grace) {
        if (!closing.compareAndSet(false, true)) {
            closed.join();
            return;
        }
        log.info("The worker stops: no new job is taken");
        health.takesNoMore();
        try {
            source.stopTaking();
            desk.drain(grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeAll();
        }
    }

    private void closeAll() {
        try {
            resources.close();
            log.info("The worker has stopped");
        } catch (IllegalStateException e) {
            log.error("The worker has stopped, but not everything closed", e);
        } finally {
            closed.complete(null);
        }
    }
}
