package dev.darkroom.worker.ops;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.metering.NetworkCall;
import dev.darkroom.worker.metering.NetworkCall.Network;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to count: a call of the UNet with a step of a job, and a scrape. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MetricsBenchmark {
    private static final NetworkCall CALL = new NetworkCall("shapes", Network.UNET, 2);

    private WorkerMetrics metrics;
    private DeviceMeters meters;
    private JobWatch watch;
    private int step;

    @Setup
    public void open() {
        metrics = new WorkerMetrics("1");
        meters = metrics.device();
        watch = new JobBoard(metrics, InstantSource.system(), EnumSet.allOf(Lane.class))
                .add(Lane.NORMAL, InstantSource.system().instant());
    }

    @TearDown
    public void close() {
        metrics.close();
    }

    @Benchmark
    public int callAndStep() {
        int done = meters.during(CALL, () -> ++step);
        watch.stepped(done);
        return done;
    }

    @Benchmark
    public String scrape() {
        return metrics.scrape(WorkerMetrics.OPEN_METRICS);
    }
}
