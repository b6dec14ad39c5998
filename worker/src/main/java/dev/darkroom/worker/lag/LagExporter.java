package dev.darkroom.worker.lag;

import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.ops.AdminReply;
import dev.darkroom.worker.ops.AdminServer;
import dev.darkroom.worker.ops.AdminSite;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells over HTTP how much work a queue has: {@code /lag} as JSON, {@code /metrics} as Prometheus reads it. Thread-safe.
 */
public final class LagExporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LagExporter.class);

    private final InstantSource clock;
    private final LagWatch watch;
    private final AdminServer server;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private LagExporter(WorkerConfig config, InstantSource clock, LagWatch watch) throws IOException {
        this.clock = clock;
        this.watch = watch;
        this.server = AdminServer.start(
                config.admin(),
                AdminSite.of(
                        new AdminSite.Health(
                                watch::isAlive, () -> watch.status().stale(clock.instant()), () -> true),
                        Map.of("/lag", this::lag, "/metrics", this::metrics)));
    }

    /**
     * Starts to look at the queue and to answer; the answers are 503 until there is a reading.
     *
     * @throws IOException when it cannot listen on the configured address
     */
    public static LagExporter start(WorkerConfig config, InstantSource clock) throws IOException {
        return start(config, clock, LagWatch.INTERVAL);
    }

    /** The same with another time from one look at the queue to the next. */
    static LagExporter start(WorkerConfig config, InstantSource clock, Duration interval) throws IOException {
        LagWatch watch = LagWatch.start(config, clock, interval);
        try {
            LagExporter exporter = new LagExporter(config, clock, watch);
            LOG.info("Tells of the queue on port {}: /lag, /metrics", exporter.port());
            return exporter;
        } catch (IOException | RuntimeException e) {
            watch.close();
            throw e;
        }
    }

    private AdminReply lag() {
        LagStatus status = watch.status();
        Instant now = clock.instant();
        return AdminReply.of(
                status.stale(now).isEmpty() ? AdminReply.OK : AdminReply.UNAVAILABLE,
                "application/json; charset=utf-8",
                LagText.json(status, now));
    }

    private AdminReply metrics() {
        return AdminReply.of(
                AdminReply.OK,
                "text/plain; version=0.0.4; charset=utf-8",
                LagText.metrics(watch.status(), clock.instant()));
    }

    /** The port that it answers on. */
    public int port() {
        return server.port();
    }

    /** Ends {@link #awaitStop}. */
    public void stop() {
        stopped.countDown();
    }

    /** Waits for {@link #stop}. */
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    @Override
    public void close() {
        server.close();
        watch.close();
    }
}
