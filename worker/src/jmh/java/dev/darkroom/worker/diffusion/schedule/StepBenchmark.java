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

/** A call of a scheduler on one picture of 1024 by 1024, averaged over a run. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
    private static final int STEPS = 20;
    private static final int VALUES = 4 * 128 * 128;

    @Param({"ddim", "euler", "euler_a", "dpmpp_2m", "dpmpp_3m_sde", "unipc", "dpmpp_sde"})
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
        TorchCpuNoise other = new TorchCpuNoise(3);
        NoiseSource noise = new NoiseSource() {
            @Override
            public long seed() {
                return 3;
            }

            @Override
            public void randn(float[] values) {
                torch.fill(values);
            }

            @Override
            public void randn(long seed, float[] values) {
                other.restart(seed);
                other.fill(values);
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
