package dev.darkroom.worker.diffusion.schedule;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What is drawn ahead for a call of DPM++ SDE on one picture of 1024 by 1024, averaged over a run: the increment of its Brownian
 * motion.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DrawBenchmark {
    private BenchmarkRun run;

    @Setup
    public void prepare() {
        run = new BenchmarkRun("dpmpp_sde");
    }

    @Setup(Level.Invocation)
    public void next() {
        run.step();
        run.beginIfOver();
    }

    @Benchmark
    public void draw() {
        run.drawAhead();
    }
}
