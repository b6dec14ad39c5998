package dev.darkroom.worker;

import com.sun.management.OperatingSystemMXBean;
import dev.darkroom.worker.bench.BenchException;
import dev.darkroom.worker.bench.BenchReport;
import dev.darkroom.worker.bench.Figures;
import dev.darkroom.worker.bench.JobLoad;
import dev.darkroom.worker.bench.JobTimes;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.metering.BusyMeter;
import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Runs a load through a whole worker of this process, on a broker and a bucket that are there. The worker is the real one;
 * only the calls of its model are metered. The environment of this process says nothing to it: a bench must not end up in
 * somebody's queue.
 *
 * @param servers where broker and bucket are, by the names of environment variables
 */
record WorkerBench(Map<String, String> servers, Path checkpoint, DeviceConfig device, WorkerLoad load) {
    private static final String ONE_AT_A_TIME = "1";

    /**
     * The load, and nothing to hold it against.
     *
     * @param slots as the worker's setting
     */
    BenchReport report(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        return new BenchReport(conditions(), run("bench", slots), Optional.empty());
    }

    /**
     * The load, then the same with one job at a time.
     *
     * @param slots as the worker's setting, of the first of both
     */
    BenchReport comparison(String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        BenchReport.Run first = run("bench", slots);
        return new BenchReport(conditions(), first, Optional.of(run("batch1", ONE_AT_A_TIME)));
    }

    private BenchReport.Conditions conditions() {
        RuntimeOptions options = WorkerModels.runtimeLoader(device).options();
        return new BenchReport.Conditions(
                String.valueOf(checkpoint.getFileName()),
                label(options.device()),
                options.threads(),
                label(device.memory()),
                label(device.determinism()),
                load.jobs(),
                load.warmUp(),
                load.arrivals().label(),
                load.size(),
                load.steps(),
                load.seed());
    }

    /** One run, with a worker of its own and jobs whose ids begin with a name of their own. */
    private BenchReport.Run run(String name, String slots)
            throws BenchException, IOException, IntakeException, StorageException, ModelException,
                    InterruptedException {
        WorkerConfig config = config(servers, checkpoint, device, slots);
        BusyMeter meter = new BusyMeter(System::nanoTime);
        WorkerParts parts = new WorkerParts(
                any -> new MeteringLoader(WorkerModels.loader(any), meter),
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                UnaryOperator.identity());
        Worker worker = Worker.start(config, parts);
        try (worker;
                JobLoad jobs = JobLoad.connect(
                        config.kafka().clientProperties(),
                        config.kafka().topics().jobs(),
                        config.kafka().topics().events(),
                        Clock.systemUTC())) {
            jobs.run(load.warmUp(name), load.timeout());
            Duration busy = meter.busy();
            Duration cpu = cpu();
            List<JobTimes> times = jobs.run(load.measured(name), load.timeout());
            return new BenchReport.Run(slots, Figures.of(times, meter.busy().minus(busy), cpu().minus(cpu)));
        }
    }

    /**
     * The worker's settings.
     *
     * @throws dev.darkroom.worker.config.ConfigException when one is out of its range
     */
    static WorkerConfig config(Map<String, String> servers, Path checkpoint, DeviceConfig device, String slots) {
        Map<String, String> settings = new HashMap<>();
        settings.put("models", checkpoint.toAbsolutePath().normalize().toString());
        settings.put("device", label(device.kind()));
        settings.put("threads", Integer.toString(device.threads()));
        settings.put("memory-mode", label(device.memory()));
        settings.put("determinism", label(device.determinism()));
        settings.put("slots", slots);
        settings.put("admin.port", "0");
        return ConfigLoader.load(Optional.empty(), servers, settings, "bench");
    }

    private static String label(Enum<?> setting) {
        return setting.name().toLowerCase(Locale.ROOT);
    }

    /** Of this process since its start. */
    private static Duration cpu() {
        return Duration.ofNanos(
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    }
}
