package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.logging.StageLog;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.ops.AdminServer;
import dev.darkroom.worker.ops.AdminSite;
import dev.darkroom.worker.ops.JobBoard;
import dev.darkroom.worker.ops.JobWatch;
import dev.darkroom.worker.ops.JobWatches;
import dev.darkroom.worker.ops.RecentPictures;
import dev.darkroom.worker.ops.WorkerMetrics;
import dev.darkroom.worker.ops.WorkerStatus;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.tracing.Delivery;
import dev.darkroom.worker.tracing.JobTrace;
import dev.darkroom.worker.tracing.Traces;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the worker meets those who run it: wires metrics, status and admin server to its parts. It is opened before them,
 * and owned by the worker's resources.
 */
final class WorkerOps {
    private static final Logger log = LoggerFactory.getLogger(WorkerOps.class);

    private final TopicsConfig topics;
    private final Observation.Meters meters;
    private final WorkerMetrics metrics;
    private final Optional<Traces> traces;
    private final JobBoard board;
    private final RecentPictures pictures;
    private final WorkerOverview overview;
    private final AdminServer server;

    private WorkerOps(
            TopicsConfig topics,
            Observation.Meters meters,
            WorkerMetrics metrics,
            Optional<Traces> traces,
            JobBoard board,
            RecentPictures pictures,
            WorkerOverview overview,
            AdminServer server) {
        this.topics = topics;
        this.meters = meters;
        this.metrics = metrics;
        this.traces = traces;
        this.board = board;
        this.pictures = pictures;
        this.overview = overview;
        this.server = server;
    }

    /**
     * Opens the admin port.
     *
     * @throws IOException when it cannot listen there
     */
    static WorkerOps open(
            WorkerConfig config, Observation observation, WorkerHealth health, InstantSource clock, Resources resources)
            throws IOException {
        Optional<Traces> traces = Traces.open(observation.environment(), config.workerId(), Main.version(), clock);
        traces.ifPresent(resources::add);
        WorkerMetrics metrics = resources.add(new WorkerMetrics(Main.version()));
        JobBoard board = new JobBoard(metrics, clock, config.lanes().taken());
        RecentPictures pictures = new RecentPictures(config.admin().pictures());
        WorkerOverview overview = new WorkerOverview(config.workerId(), health, board, pictures);
        overview.measure(metrics);
        AdminSite site = new AdminSite(
                config.admin(),
                new AdminSite.Health(health::isLive, health::unready, health::isTaking),
                metrics,
                overview::status,
                pictures,
                resources.add(new ClientActions(config.kafka(), config.workerId(), traces)));
        AdminServer server = resources.add(AdminServer.start(config.admin(), site));
        log.info("The admin server listens on port {}", server.port());
        return new WorkerOps(
                config.kafka().topics(), observation.meters(), metrics, traces, board, pictures, overview, server);
    }

    /** A loader whose loads and models' calls are counted. */
    ModelLoader counted(ModelLoader loader) {
        return isCounted() ? metrics.loader(loader) : loader;
    }

    /** A bucket whose requests are counted. */
    ResultStore counted(ResultStore bucket) {
        return isCounted() ? metrics.bucket(bucket) : bucket;
    }

    private boolean isCounted() {
        return meters == Observation.Meters.COUNTED;
    }

    /** Keeps the latest pictures for the page. */
    RecentPictures pictures() {
        return pictures;
    }

    /** Who hears of a delivery of a job: the board, and spans and the log if they are asked for. */
    Watched watch(JobRecord record) {
        Lane lane = topics.lane(record.topic()).orElse(Lane.NORMAL);
        Instant enqueued = DeferralHeaders.enqueued(record);
        TraceContext trace = Watched.trace(record);
        List<JobWatch> watches = new ArrayList<>();
        if (isCounted()) {
            watches.add(board.add(lane, enqueued));
        }
        if (traces.isPresent()) {
            JobTrace spans = traces.get()
                    .job(new Delivery(
                            record.topic(),
                            record.partition(),
                            record.offset(),
                            lane,
                            RetryHeaders.attempt(record),
                            record.deliveryCount(),
                            enqueued,
                            trace));
            trace = spans.trace();
            watches.add(spans);
        }
        if (StageLog.isOn()) {
            watches.add(new StageLog(trace, System::nanoTime));
        }
        return new Watched(watches.size() == 1 ? watches.get(0) : new JobWatches(watches), trace);
    }

    /** Shows these parts too, from now on; slots are asked for anew each time. */
    void show(Developing developing, LoadedModels models, LanesConfig lanes, ToIntFunction<Lane> slots) {
        traces.ifPresent(spans -> spans.shareCalls(
                () -> developing.call().stream().map(WorkerStatus.Seat::job).toList()));
        overview.watch(new WorkerOverview.Parts(developing, models, lanes, slots));
    }

    /** The port of the admin server. */
    int port() {
        return server.port();
    }
}
