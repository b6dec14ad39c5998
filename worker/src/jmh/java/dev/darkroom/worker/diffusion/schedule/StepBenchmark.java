package dev.darkroom.worker.diffusion.schedule;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a scheduler's call takes on one picture of 1024 by 1024, averaged over a run, where the noise that is drawn ahead, beside
 * the UNet's call, is there. That is what the denoising loop pays while the draws are in time, and no more than that: what it
 * waits for a draw is not in it (see {@code LoopBenchmark}), nor what a draw costs the thread that makes it ({@link DrawBenchmark}).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
    @Param({"ddim", "euler", "euler_a", "dpmpp_2m", "dpmpp_3m_sde", "unipc", "dpmpp_sde"})
    public String scheduler;

    private BenchmarkRun run;

    @Setup
    public void prepare() {
        run = new BenchmarkRun(scheduler);
    }

    @Setup(Level.Invocation)
    public void drawAhead() {
        run.beginIfOver();
        run.drawAhead();
    }

    @Benchmark
    public float[] step() {
        return run.step();
    }
}
