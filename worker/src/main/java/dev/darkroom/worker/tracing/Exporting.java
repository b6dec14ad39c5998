package dev.darkroom.worker.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * OpenTelemetry's SDK, set up from {@code OTEL_*} as its documentation says. The only class that needs it: who does not
 * ask for spans does not load it.
 *
 * @param close sends what waits, within a bounded time, and ends
 */
record Exporting(OpenTelemetry api, Runnable close) {
    private static final String PREFIX = "OTEL_";
    private static final String ATTRIBUTES = "otel.resource.attributes";
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    /** What is not asked for otherwise. The JDK's client, which is the one there is, speaks HTTP only. */
    private static final Map<String, String> DEFAULTS =
            Map.of("otel.service.name", "darkroom-worker", "otel.exporter.otlp.protocol", "http/protobuf");
    /** Metrics are scraped and logs are written; nothing of either would go out. */
    private static final Map<String, String> FIXED =
            Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none");

    /**
     * Sets the SDK up. Spans are exported in the background; what does not fit the queue is dropped.
     *
     * @param environment its {@code OTEL_*} are heeded
     * @param instance this process's name among those of the service
     * @throws RuntimeException when the settings make no sense
     */
    static Exporting open(Map<String, String> environment, String instance, String version) {
        SLF4JBridgeHandler
                .removeHandlersForRootLogger(); // the SDK's log is the JDK's, which knows nothing of our levels
        SLF4JBridgeHandler.install();
        String process = "service.instance.id=" + instance + ",service.version=" + version;
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesSupplier(() -> DEFAULTS)
                .addPropertiesCustomizer(properties -> properties(environment, process))
                .addSpanExporterCustomizer((exporter, properties) -> new WatchedExporter(exporter))
                .build()
                .getOpenTelemetrySdk();
        return new Exporting(sdk, () -> sdk.shutdown().join(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** @param process attributes of its own; those that the environment names go before them */
    private static Map<String, String> properties(Map<String, String> environment, String process) {
        Map<String, String> properties = new HashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !value.isBlank()) {
                properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        properties.merge(ATTRIBUTES, process, (given, own) -> own + "," + given);
        properties.putAll(FIXED);
        return properties;
    }
}
