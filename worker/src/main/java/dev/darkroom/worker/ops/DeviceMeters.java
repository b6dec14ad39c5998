package dev.darkroom.worker.ops;

import dev.darkroom.worker.metering.BusyMeter;
import dev.darkroom.worker.metering.CallMeter;
import dev.darkroom.worker.metering.NetworkCall;
import dev.darkroom.worker.metering.NetworkCall.Network;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What is counted of calls of networks and of loads of models. Safe for use by several threads. */
final class DeviceMeters implements CallMeter {
    private static final Duration[] STEP_BOUNDS =
            JobMeters.seconds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    private static final double[] ROW_BOUNDS = {1, 2, 3, 4, 6, 8, 16};
    private static final double NANOS = 1e9;

    private final MeterRegistry registry;
    private final LongSupplier nanoTime;
    private final BusyMeter busy;
    private final Map<Network, LongAdder> nanos = new EnumMap<>(Network.class);
    private final Map<String, Steps> steps = new ConcurrentHashMap<>(); // by model; the catalogue bounds them
    private final Counter failedLoads;

    /** The UNet's calls for one model. */
    private record Steps(Timer time, DistributionSummary rows) {}

    DeviceMeters(MeterRegistry registry, LongSupplier nanoTime) {
        this.registry = registry;
        this.nanoTime = nanoTime;
        this.busy = new BusyMeter(nanoTime);
        FunctionCounter.builder("sd.device.busy.seconds", busy, meter -> seconds(meter.busy()))
                .description("Time in which a text encoder, UNet or VAE ran; two at once count once")
                .register(registry);
        for (Network network : Network.values()) {
            LongAdder sum = new LongAdder();
            nanos.put(network, sum);
            FunctionCounter.builder("sd.network.seconds", sum, adder -> adder.sum() / NANOS)
                    .description("Time in calls of a network")
                    .tag("network", network.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        failedLoads = Counter.builder("sd.model.load.failures")
                .description("Loads of models that failed")
                .register(registry);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / NANOS;
    }

    @Override
    public <T> T during(NetworkCall call, Supplier<T> work) {
        long start = nanoTime.getAsLong();
        try {
            return busy.during(work);
        } finally {
            made(call, nanoTime.getAsLong() - start);
        }
    }

    private void made(NetworkCall call, long took) {
        LongAdder sum = nanos.get(call.network());
        if (sum != null) {
            sum.add(took);
        }
        if (call.network() == Network.UNET) {
            Steps of = steps.computeIfAbsent(call.model(), this::stepsOf);
            of.time().record(Duration.ofNanos(took));
            of.rows().record(call.rows());
        }
    }

    private Steps stepsOf(String model) {
        return new Steps(
                Timer.builder("sd.denoise.step")
                        .description("Time of a call of the UNet")
                        .tag("model", model)
                        .serviceLevelObjectives(STEP_BOUNDS)
                        .register(registry),
                DistributionSummary.builder("sd.denoise.rows")
                        .description("Rows of a call of the UNet; a guided picture has two")
                        .tag("model", model)
                        .serviceLevelObjectives(ROW_BOUNDS)
                        .register(registry));
    }

    /** A model was loaded, or is not: then what it took says nothing. */
    void loaded(String model, Duration took) {
        Timer.builder("sd.model.load")
                .description("Time until a model could be used")
                .tag("model", model)
                .register(registry)
                .record(took);
    }

    void loadFailed() {
        failedLoads.increment();
    }
}
