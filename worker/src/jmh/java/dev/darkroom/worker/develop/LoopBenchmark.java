package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A step of the denoising loop with pictures of 1024 by 1024, on a device that takes the same time for every call and no time
 * of a processor, as a card does: what is beyond that time is what the loop does between two calls. Where noise is drawn beside a call, it also
 * says how many draws there were, and how many were done when the call was.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LoopBenchmark {
    private static final int SIDE = 1024;
    /** Calls of a run, of ten steps; its preparation is measured with it. */
    private static final int CALLS = 19;

    /** Steps of two calls of the UNet. */
    public enum Steps {
        /** Without noise. */
        HEUN,
        /** With a Brownian motion's, drawn beside the calls. */
        SDE_DRAWN_AHEAD,
        /** The same, drawn by the loop between two calls. */
        SDE_DRAWN_BY_THE_LOOP
    }

    /** What could be drawn beside calls, and of that, what was done when its call was: the loop waited for none of these. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Draws {
        public long offered;
        public long inTime;
    }

    @Param
    public Steps steps;

    /** Jobs of one picture, one row each. */
    @Param({"1", "4"})
    public int jobs;

    /** What a call takes. */
    @Param({"10000", "40000"})
    public int deviceMicros;

    private EchoModel model;
    private DenoisingLoop loop;
    private List<CountedDraws> counted = List.of(); // written while the loop has no job

    @Setup
    public void start() {
        model = new EchoModel(call -> {
            spend(TimeUnit.MICROSECONDS.toNanos(deviceMicros));
            counted.forEach(CountedDraws::callEnds);
            return call.latents();
        });
        loop = new DenoisingLoop("benchmark", jobs);
    }

    /** Parked but for the last of it, for a parked thread wakes late. */
    private static void spend(long nanos) {
        long end = System.nanoTime() + nanos;
        LockSupport.parkNanos(nanos - TimeUnit.MICROSECONDS.toNanos(200));
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @TearDown
    public void stop() {
        loop.close();
        model.close();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public List<Generation> step(Draws count) throws InterruptedException, ExecutionException {
        List<Generation> all = new ArrayList<>();
        List<CountedDraws> draws = new ArrayList<>();
        for (int job = 0; job < jobs; job++) {
            Generation prepared = Preparation.prepare(request(job), step -> {});
            switch (steps) {
                case HEUN -> all.add(prepared);
                case SDE_DRAWN_AHEAD -> {
                    draws.add(new CountedDraws(prepared.scheduler(), count));
                    all.add(with(draws.get(job), prepared));
                }
                case SDE_DRAWN_BY_THE_LOOP -> all.add(with(new DrawnByTheStep(prepared.scheduler()), prepared));
            }
        }
        counted = draws;
        all.forEach(loop::submit);
        for (Generation generation : all) {
            generation.done().get();
        }
        return all;
    }

    private static Generation with(Scheduler scheduler, Generation prepared) {
        return new Generation(
                prepared.request(),
                prepared.share(),
                prepared.conditioning(),
                scheduler,
                prepared.images(),
                step -> {});
    }

    private DevelopRequest request(int seed) {
        return new DevelopRequest(
                model,
                "",
                "",
                PromptSyntax.PLAIN,
                SIDE,
                SIDE,
                (CALLS + 1) / 2,
                1,
                steps == Steps.HEUN ? "heun" : "dpmpp_sde",
                model.description().schedulerConfig(),
                seed,
                Noise.TORCH_CPU,
                1,
                0,
                0,
                0);
    }
}
