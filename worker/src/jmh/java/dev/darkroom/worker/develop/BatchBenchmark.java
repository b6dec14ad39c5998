package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Who is in a call of the UNet, and the call's rows: guided pictures of 512 by 512 with texts of Stable Diffusion 1.x. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BatchBenchmark {
    private static final int SIDE = 512;
    private static final int TOKENS = 77;
    private static final int WIDTH = 768;

    /** Jobs of one picture, two rows each. */
    @Param({"1", "4", "8"})
    public int jobs;

    private List<Generation> inFlight;
    private Seating seating;

    @Setup
    public void prepare() {
        EchoModel model = new EchoModel(UnetRows::latents);
        seating = new Seating(new CallSizes(CallRules.strict(2 * jobs)));
        inFlight = new ArrayList<>();
        for (int job = 0; job < jobs; job++) {
            DevelopRequest request = new DevelopRequest(
                    model,
                    "",
                    "",
                    PromptSyntax.PLAIN,
                    SIDE,
                    SIDE,
                    20,
                    7.5,
                    "ddim",
                    model.description().schedulerConfig(),
                    job,
                    Noise.TORCH_CPU,
                    1,
                    0,
                    0,
                    0);
            Scheduler scheduler = request.newScheduler();
            inFlight.add(new Generation(
                    request,
                    Share.EQUAL,
                    new Conditioning(text(), Optional.of(text()), TOKENS),
                    scheduler,
                    FirstLatents.of(request, scheduler),
                    step -> {}));
        }
    }

    private static Conditioning.Text text() {
        return new Conditioning.Text(new float[TOKENS * WIDTH], Optional.empty());
    }

    @Benchmark
    public Tensor compose() {
        return seating.next(inFlight).predict().prediction();
    }
}
