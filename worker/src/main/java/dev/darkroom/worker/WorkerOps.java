package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.ops.AdminServer;
import dev.darkroom.worker.ops.AdminSite;
import dev.darkroom.worker.ops.JobBoard;
import dev.darkroom.worker.ops.JobWatch;
import dev.darkroom.worker.ops.RecentPictures;
import dev.darkroom.worker.ops.WorkerMetrics;
import dev.darkroom.worker.storage.ResultStore;
import java.io.IOException;
import java.time.InstantSource;
import java.util.function.ToIntFunction;

/**
 * Where the worker meets those who run it: wires metrics, status and admin server to its parts. It is opened before them,
 * and owned by the worker's resources.
 */
final class WorkerOps {
    private final TopicsConfig topics;
    private final WorkerMetrics metrics;
    private final JobBoard board;
    private final RecentPictures pictures;
    private final WorkerOverview overview;
    private final AdminServer server;

    private WorkerOps(
            TopicsConfig topics,
            WorkerMetrics metrics,
            JobBoard board,
            RecentPictures pictures,
            WorkerOverview overview,
            AdminServer server) {
        this.topics = topics;
        this.metrics = metrics;
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
    static WorkerOps open(WorkerConfig config, WorkerHealth health, InstantSource clock, Resources resources)
            throws IOException {
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
                resources.add(new ClientActions(config.kafka(), config.workerId())));
        AdminServer server = resources.add(AdminServer.start(config.admin(), site));
        return new WorkerOps(config.kafka().topics(), metrics, board, pictures, overview, server);
    }

    /** A loader whose loads and models' calls are counted. */
    ModelLoader counted(ModelLoader loader) {
        return metrics.loader(loader);
    }

    /** A bucket whose requests are counted. */
    ResultStore counted(ResultStore bucket) {
        return metrics.bucket(bucket);
    }

    /** Keeps the latest pictures for the page. */
    RecentPictures pictures() {
        return pictures;
    }

    /** Hears of a delivery of a job. */
    JobWatch watch(JobRecord record) {
        return board.add(topics.lane(record.topic()).orElse(Lane.NORMAL), DeferralHeaders.enqueued(record));
    }

    /** Shows these parts too, from now on; slots are asked for anew each time. */
    void show(Developing developing, LoadedModels models, LanesConfig lanes, ToIntFunction<Lane> slots) {
        overview.watch(new WorkerOverview.Parts(developing, models, lanes, slots));
    }

    /** The port of the admin server. */
    int port() {
        return server.port();
    }
}
