package dev.darkroom.worker.ops;

import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.storage.ResultStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.DoubleSupplier;

/**
 * Everything that a worker counts, and how it is read. No label has a value that a job's sender chose, so the number of
 * series is bounded by the catalogue's. Safe for use by several threads.
 */
public final class WorkerMetrics implements AutoCloseable {
    /** What {@link #scrape} writes where it is not asked for OpenMetrics. */
    static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final JobMeters jobs = new JobMeters(registry);
    private final DeviceMeters device = new DeviceMeters(registry, System::nanoTime);

    /**
     * Counts from now on.
     *
     * @param version of this program
     */
    public WorkerMetrics(String version) {
        Gauge.builder("sd.build.info", () -> 1)
                .description("Which build this is")
                .tag("version", version)
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        KafkaMeters.bind(registry);
    }

    DeviceMeters device() {
        return device;
    }

    JobMeters jobs() {
        return jobs;
    }

    /** Loads what another loader does, and counts loads and calls. */
    public ModelLoader loader(ModelLoader loader) {
        return new TimedLoader(loader, device, System::nanoTime);
    }

    /** A bucket whose requests are counted; closing it closes the bucket. */
    public ResultStore bucket(ResultStore bucket) {
        return new MeteredBucket(bucket, registry, System::nanoTime);
    }

    /**
     * Adds a number that is asked for at each scrape.
     *
     * @param name in words with dots between them
     * @param tags names and values in turn
     * @param value must answer at once
     */
    public void gauge(String name, String description, DoubleSupplier value, String... tags) {
        Gauge.builder(name, value::getAsDouble)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    /** All numbers, as one of {@link #PROMETHEUS} and {@link #OPEN_METRICS}. */
    String scrape(String contentType) {
        return registry.scrape(contentType);
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
