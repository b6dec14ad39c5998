package dev.darkroom.worker.tracing;

import dev.darkroom.event.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spans of a process. It is there only where {@code OTEL_*} asks for spans; without it nothing of OpenTelemetry is
 * loaded. Safe for use by several threads; nothing here waits for a collector.
 */
public final class Traces implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Traces.class);
    private static final String NONE = "none";

    private final CompletableFuture<Exporting> exporting;
    private final InstantSource clock;
    private final Map<String, SpanContext> denoising = new ConcurrentHashMap<>(); // by job
    private volatile Supplier<List<String>> call = List::of;

    Traces(CompletableFuture<Exporting> exporting, InstantSource clock) {
        this.exporting = exporting;
        this.clock = clock;
    }

    /**
     * Begins to set the SDK up, on a thread of its own: that takes half a second. Settings that make no sense are told in
     * the log, and there are no spans then: pictures do not depend on them.
     *
     * @param environment all variables; empty unless they name an exporter or its endpoint
     * @param instance names this process
     */
    public static Optional<Traces> open(
            Map<String, String> environment, String instance, String version, InstantSource clock) {
        if (!isWanted(environment)) {
            return Optional.empty();
        }
        CompletableFuture<Exporting> exporting = new CompletableFuture<>();
        Thread thread =
                new Thread(() -> exporting.complete(exportingOrNot(environment, instance, version)), "tracing-start");
        thread.setDaemon(true);
        thread.start();
        return Optional.of(new Traces(exporting, clock));
    }

    private static boolean isWanted(Map<String, String> environment) {
        String exporter = environment.getOrDefault("OTEL_TRACES_EXPORTER", "").strip();
        boolean named = !exporter.isEmpty()
                || !environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "").isBlank()
                || !environment
                        .getOrDefault("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
                        .isBlank();
        boolean disabled = Boolean.parseBoolean(
                environment.getOrDefault("OTEL_SDK_DISABLED", "").strip());
        return named && !exporter.equals(NONE) && !disabled;
    }

    private static Exporting exportingOrNot(Map<String, String> environment, String instance, String version) {
        try {
            return Exporting.open(environment, instance, version);
        } catch (RuntimeException | Error e) {
            log.warn("There will be no spans, for they cannot be exported as OTEL_* say: {}", e.toString());
            return new Exporting(OpenTelemetry.noop(), () -> {});
        }
    }

    /**
     * From now on spans know who shares calls of the UNet.
     *
     * @param call the ids of the jobs whose rows are in the call that runs; asked for at each step, must answer at once
     */
    public void shareCalls(Supplier<List<String>> call) {
        this.call = call;
    }

    /** A span for a job that has just come, and spans for its stages as they are told of. */
    public JobTrace job(Delivery delivery) {
        return new JobTrace(this, delivery, clock);
    }

    /**
     * A span for a job that is sent, to be closed when the broker has it.
     *
     * @param parent the trace that it belongs to; {@link TraceContext#NONE} begins one
     */
    public Sending send(String topic, String jobId, TraceContext parent) {
        return new Sending(tracer(), topic, jobId, parent);
    }

    Tracer tracer() {
        return exporting.join().api().getTracer("dev.darkroom.worker");
    }

    void denoises(String job, SpanContext span) {
        denoising.put(job, span);
    }

    void hasDenoised(String job, SpanContext span) {
        denoising.remove(job, span);
    }

    /** The spans of the other jobs in the call that runs, by their jobs. */
    Map<String, SpanContext> neighbours(String job) {
        Map<String, SpanContext> neighbours = new ConcurrentHashMap<>();
        for (String other : call.get()) {
            SpanContext span = denoising.get(other);
            if (span != null && !other.equals(job)) {
                neighbours.put(other, span);
            }
        }
        return neighbours;
    }

    /** Sends what waits, for five seconds at most; what was not sent by then is lost. Idempotent. */
    @Override
    public void close() {
        exporting.join().close().run();
    }
}
