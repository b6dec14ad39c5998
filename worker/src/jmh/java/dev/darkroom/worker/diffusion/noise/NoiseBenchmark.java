package dev.darkroom.worker.diffusion.noise;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The first latents of a picture. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class NoiseBenchmark {
    /** Of a picture of 512 by 512, and of 1024 by 1024. */
    @Param({"16384", "65536"})
    public int values;

    @Benchmark
    public float[] torchCpu() {
        return new TorchCpuNoise(7).randn(values);
    }

    @Benchmark
    public float[] philox() {
        return new PhiloxNoise(7).randn(values);
    }
}
