package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A step of a scheduler on one picture of 512 by 512, averaged over a run. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
    private static final int STEPS = 20;
    private static final int VALUES = 4 * 64 * 64;

    @Param({"ddim", "euler", "euler_a", "dpmpp_2m", "unipc"})
    public String scheduler;

    private Scheduler solver;
    private float[] sample;
    private float[] output;

    @Setup
    public void prepare() {
        Map<String, Object> trained =
                Map.of("beta_start", 0.00085, "beta_end", 0.012, "beta_schedule", "scaled_linear");
        solver = Schedulers.create(scheduler, trained, STEPS);
        sample = new TorchCpuNoise(1).randn(VALUES);
        output = new TorchCpuNoise(2).randn(VALUES);
    }

    @Benchmark
    @OperationsPerInvocation(STEPS)
    public float[] step() {
        TorchCpuNoise torch = new TorchCpuNoise(3);
        NoiseSource noise = new NoiseSource() {
            @Override
            public long seed() {
                return 3;
            }

            @Override
            public float[] randn(int count) {
                return torch.randn(count);
            }

            @Override
            public float[] randn(long seed, int count) {
                return new TorchCpuNoise(seed).randn(count);
            }
        };
        SolverHistory history = new SolverHistory();
        float[] latents = sample;
        for (int i = 0; i < STEPS; i++) {
            latents = solver.step(i, output, latents, history, noise);
        }
        return latents;
    }
}
