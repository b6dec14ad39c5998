package dev.darkroom.worker.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once when spans cannot be exported, and once when they can again. Closing it closes the exporter. */
final class WatchedExporter implements SpanExporter {
    private static final Logger log = LoggerFactory.getLogger(WatchedExporter.class);

    private final SpanExporter exporter;
    private final AtomicBoolean failing = new AtomicBoolean();

    WatchedExporter(SpanExporter exporter) {
        this.exporter = exporter;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> note(result));
    }

    private void note(CompletableResultCode result) {
        boolean failed = !result.isSuccess();
        if (failing.compareAndSet(!failed, failed)) {
            if (failed) {
                Throwable cause = result.getFailureThrowable();
                log.warn(
                        "Spans cannot be exported, and are dropped until they can (OTEL_EXPORTER_OTLP_ENDPOINT): {}",
                        cause == null ? "the collector did not take them" : cause.toString());
            } else {
                log.info("Spans are exported again");
            }
        }
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
