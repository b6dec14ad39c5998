package dev.darkroom.worker;

import com.sun.management.OperatingSystemMXBean;
import dev.darkroom.worker.bench.BenchException;
import dev.darkroom.worker.bench.Figures;
import dev.darkroom.worker.bench.JobLoad;
import dev.darkroom.worker.bench.JobTimes;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.develop.Joining;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.metering.BusyMeter;
import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A whole worker in this process, of whose model the calls are metered, and who sends it jobs. For one thread. */
final class BenchWorker implements AutoCloseable {
    private final BusyMeter meter;
    private final AtomicReference<Joining> joining;
    private final Worker worker;
    private final JobLoad jobs;

    private BenchWorker(BusyMeter meter, AtomicReference<Joining> joining, Worker worker, JobLoad jobs) {
        this.meter = meter;
        this.joining = joining;
        this.worker = worker;
        this.jobs = jobs;
    }

    /**
     * Starts a worker whose jobs join at each step.
     *
     * @param loader of its model; what that has timed for one worker, another need not time again, and not to another result
     * @param bucket gets the bucket, returns what the worker uses in its place
     */
    static BenchWorker start(
            WorkerConfig config, ModelLoader loader, Observation observation, UnaryOperator<ResultStore> bucket)
            throws IOException, IntakeException, StorageException, ModelException, InterruptedException {
        BusyMeter meter = new BusyMeter(System::nanoTime);
        AtomicReference<Joining> joining = new AtomicReference<>(Joining.AT_EACH_STEP);
        WorkerParts parts = new WorkerParts(
                device -> new MeteringLoader(loader, meter),
                bucket,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                Runtime.getRuntime()::halt,
                observation,
                joining::get);
        Worker worker = Worker.start(config, parts);
        try {
            JobLoad jobs = JobLoad.connect(
                    config.kafka().clientProperties(),
                    config.kafka().topics().jobs(),
                    config.kafka().topics().events(),
                    Clock.systemUTC());
            return new BenchWorker(meter, joining, worker, jobs);
        } catch (RuntimeException | Error e) {
            worker.close();
            throw e;
        }
    }

    /** Changes when jobs join those in the loop, from the next step on. */
    void joinsJobs(Joining rule) {
        joining.set(rule);
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
