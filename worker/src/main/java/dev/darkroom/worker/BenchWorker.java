package dev.darkroom.worker;

import com.sun.management.OperatingSystemMXBean;
import dev.darkroom.worker.bench.BenchException;
import dev.darkroom.worker.bench.Figures;
import dev.darkroom.worker.bench.JobLoad;
import dev.darkroom.worker.bench.JobTimes;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.CallRules;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.metering.BusyMeter;
import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** A whole worker in this process, of whose model the calls are metered, and who sends it jobs. For one thread. */
final class BenchWorker implements AutoCloseable {
    private final BusyMeter meter;
    private final Worker worker;
    private final JobLoad jobs;

    private BenchWorker(BusyMeter meter, Worker worker, JobLoad jobs) {
        this.meter = meter;
        this.worker = worker;
        this.jobs = jobs;
    }

    /**
     * Starts it.
     *
     * @param bucket gets the bucket, returns what the worker uses in its place
     */
    static BenchWorker start(
            WorkerConfig config, Observation observation, CallRules.Joining joining, UnaryOperator<ResultStore> bucket)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        BusyMeter meter = new BusyMeter(System::nanoTime);
        WorkerParts parts = new WorkerParts(
                any -> new MeteringLoader(WorkerModels.loader(any), meter),
                bucket,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                Runtime.getRuntime()::halt,
                observation,
                joining);
        Worker worker = Worker.start(config, parts);
        try {
            JobLoad jobs = JobLoad.connect(
                    config.kafka().clientProperties(),
                    config.kafka().topics().jobs(),
                    config.kafka().topics().events(),
                    Clock.systemUTC());
            return new BenchWorker(meter, worker, jobs);
        } catch (RuntimeException | Error e) {
            worker.close();
            throw e;
        }
    }

    /** Sends jobs and waits for their ends. */
    Figures.Round run(List<JobLoad.Due> due, Duration limit) throws BenchException {
        Duration busy = meter.busy();
        Duration cpu = cpu();
        List<JobTimes> times = jobs.run(due, limit);
        return new Figures.Round(times, meter.busy().minus(busy), cpu().minus(cpu));
    }

    /** Of this process since its start. */
    private static Duration cpu() {
        return Duration.ofNanos(
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    }

    @Override
    public void close() {
        try (worker) {
            jobs.close();
        }
    }
}
