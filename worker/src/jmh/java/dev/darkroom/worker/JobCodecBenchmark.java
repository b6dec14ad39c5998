package dev.darkroom.worker;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.json.JobCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A job from its bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class JobCodecBenchmark {
    private final byte[] job = JobCodec.encode(
            GenerationJob.builder("order-17", "a yellow star on a purple background, oil on canvas, warm light")
                    .negativePrompt("blurry, dark")
                    .build());

    @Benchmark
    public GenerationJob decode() throws InvalidJobException {
        return JobCodec.decode(job);
    }
}
