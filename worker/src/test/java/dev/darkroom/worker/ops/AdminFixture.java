package dev.darkroom.worker.ops;

import dev.darkroom.client.JobClientExceptions;
import dev.darkroom.client.Lane;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.config.AdminConfig;
import dev.darkroom.worker.config.HostNames;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;

/** An admin server of a worker that a test makes up, on a free port of the loopback address. */
public final class AdminFixture implements AutoCloseable {
    public static final String TOKEN = "correct-horse-battery";

    public final RecentPictures pictures = new RecentPictures(3);
    public final WorkerMetrics metrics = new WorkerMetrics("1.2.3");

    /** What was done, in order: {@code cancel job-1}, {@code submit job-2 high}. */
    public final List<String> done = new CopyOnWriteArrayList<>();

    public volatile WorkerStatus status = status(List.of(), Optional.empty());
    public volatile boolean live = true;
    public volatile boolean started;
    public volatile Optional<String> unready = Optional.of("no");
    /** Whether Kafka is there. */
    public volatile boolean broker = true;
    /** What an action waits for. */
    public volatile CountDownLatch mayAct = new CountDownLatch(0);
    /** Whether an action has begun. */
    public final CountDownLatch acting = new CountDownLatch(1);

    private final AdminServer server;

    private final class Actions implements JobActions {
        @Override
        public void cancel(String jobId) throws InterruptedException {
            act("cancel " + jobId);
        }

        @Override
        public void submit(GenerationJob job, Lane lane) throws InterruptedException {
            act("submit " + job.id() + " " + lane.label() + " " + job.prompt());
        }

        private void act(String what) throws InterruptedException {
            acting.countDown();
            mayAct.await();
            if (!broker) {
                throw JobClientExceptions.of("Kafka is away");
            }
            done.add(what);
        }
    }

    /** Its clock stands, so that no action's turn comes too late, however slow the machine is. */
    public AdminFixture(Optional<String> token) throws IOException {
        this(token, () -> 0);
    }

    AdminFixture(Optional<String> token, LongSupplier nanoTime) throws IOException {
        this(new AdminConfig("127.0.0.1", 0, HostNames.NONE, token.map(AdminConfig.Token::new), 3), nanoTime);
    }

    AdminFixture(AdminConfig config, LongSupplier nanoTime) throws IOException {
        AdminSite site = new AdminSite(
                config,
                new AdminSite.Health(() -> live, () -> unready, () -> started),
                metrics,
                () -> status,
                pictures,
                new Actions());
        server = AdminServer.start(config, site, nanoTime);
    }

    /** A status with these jobs, and a model. */
    public static WorkerStatus status(List<WorkerStatus.Job> jobs, Optional<String> obstacle) {
        return new WorkerStatus(
                "worker-1",
                "1.2.3",
                "taking",
                obstacle,
                jobs,
                List.of(),
                List.of(new WorkerStatus.LaneUse("normal", 4, 2, jobs.size())),
                new WorkerStatus.Models(List.of("shapes", "other"), List.of("shapes"), 4_000_000),
                List.of());
    }

    public static WorkerStatus.Job job(String id, int step) {
        return new WorkerStatus.Job(
                Optional.of(new BegunJob(id, 1, "shapes", "ddim", 128, 128, 25, 1)), "normal", "denoise", step, 7, 2);
    }

    /** One of a worker without its bucket, whose call has two rows of the first job. */
    static WorkerStatus paused(List<WorkerStatus.Job> jobs, List<WorkerStatus.Shown> pictures) {
        WorkerStatus status = status(jobs, Optional.of("The bucket is away"));
        return new WorkerStatus(
                status.worker(),
                status.version(),
                "paused",
                status.obstacle(),
                jobs,
                jobs.stream()
                        .limit(1)
                        .map(job ->
                                new WorkerStatus.Seat(job.begun().orElseThrow().id(), 2))
                        .toList(),
                status.lanes(),
                status.models(),
                pictures);
    }

    /** One in which everything that may come from outside is the same text. */
    static WorkerStatus hostile(String text) {
        WorkerStatus.Job job = new WorkerStatus.Job(
                Optional.of(new BegunJob(text, 1, text, text, 128, 128, 25, 1)), text, text, 3, 7, 2);
        return new WorkerStatus(
                text,
                text,
                text,
                Optional.of(text),
                List.of(job),
                List.of(new WorkerStatus.Seat(text, 2)),
                List.of(new WorkerStatus.LaneUse(text, 1, 1, 1)),
                new WorkerStatus.Models(List.of(text), List.of(text), 1),
                List.of(new WorkerStatus.Shown(1, text, 16, 16)));
    }

    public int port() {
        return server.port();
    }

    public AdminClient client() {
        return new AdminClient(port());
    }

    @Override
    public void close() {
        server.close();
        metrics.close();
    }
}
