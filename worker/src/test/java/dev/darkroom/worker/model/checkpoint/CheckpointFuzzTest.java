package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.safetensors.SafetensorsException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is done to the files of a checkpoint, it opens, or is refused by a {@link ModelException} or a {@link
 * SafetensorsException} that names it; within a bounded time, within bounded memory. Case {@code i} is made from the
 * seed plus {@code i}, so that one case is run again with its own seed and {@code -Ddarkroom.fuzz.count=1}.
 */
class CheckpointFuzzTest {
    private static final long SEED = Long.getLong("darkroom.fuzz.seed", 20_261_125);
    private static final int COUNT = Integer.getInteger("darkroom.fuzz.count", 20_000);

    private static final long MOST_ALLOCATED = 64L << 20;
    private static final long MOST_CPU_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long HANGS_AFTER_SECONDS = 60;
    private static final int LONGEST_MESSAGE = 2000;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path folder;

    private final AtomicInteger started = new AtomicInteger();
    private int refused;
    private int opened;
    private long mostAllocated;
    private long mostCpuNanos;
    private long cpuNanos;

    @Test
    void aDamagedCheckpointOpensOrIsRefused() throws Exception {
        System.out.println("-Ddarkroom.fuzz.seed=" + SEED + " -Ddarkroom.fuzz.count=" + COUNT);
        List<FuzzSubject> subjects = FuzzSubject.all(folder.toRealPath());
        for (FuzzSubject subject : subjects) {
            open(subject, true); // as they are, all open
        }
        FutureTask<Void> cases = new FutureTask<>(() -> {
            for (int i = 0; i < COUNT; i++) {
                started.set(i);
                one(subjects, SEED + i);
            }
            return null;
        });
        Thread thread = new Thread(cases, "fuzz");
        thread.setDaemon(true);
        thread.start();
        await(cases);
        System.out.printf(
                Locale.ROOT,
                "%d opened, %d refused; at most %.1f MB and %d ms of processor time a case, %.1f s in all%n",
                opened,
                refused,
                mostAllocated / 1e6,
                TimeUnit.NANOSECONDS.toMillis(mostCpuNanos),
                cpuNanos / 1e9);
        if (COUNT >= 1000) {
            assertThat(refused).isGreaterThan(COUNT / 2);
            assertThat(opened).isGreaterThan(COUNT / 50);
        }
    }

    /** Waits as long as cases come and go. */
    private void await(FutureTask<Void> cases) throws Exception {
        int last = -1;
        while (true) {
            try {
                cases.get(HANGS_AFTER_SECONDS, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                int now = started.get();
                if (now == last) {
                    fail("Seed " + (SEED + now) + " is not done after " + HANGS_AFTER_SECONDS + " s");
                }
                last = now;
            } catch (ExecutionException e) {
                throw new AssertionError("A case failed", e.getCause());
            }
        }
    }

    private void one(List<FuzzSubject> subjects, long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        FuzzSubject subject = FuzzSubject.choose(subjects, random);
        boolean graphs = random.nextBoolean();
        FuzzSubject.Part part =
                subject.parts().get(random.nextInt(subject.parts().size()));
        part.damage(random);
        long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
        long cpu = THREADS.getCurrentThreadCpuTime();
        try {
            open(subject, graphs);
            opened++;
        } catch (ModelException | SafetensorsException e) {
            refused++;
            assertThat(e.getMessage())
                    .as("seed %d", seed)
                    .contains(folder.getFileName().toString())
                    .hasSizeLessThan(LONGEST_MESSAGE);
        } catch (Exception | Error e) {
            throw new AssertionError("Seed " + seed + ", " + part.path(), e);
        }
        cpu = THREADS.getCurrentThreadCpuTime() - cpu;
        allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated;
        part.restore();
        mostAllocated = Math.max(mostAllocated, allocated);
        cpuNanos += cpu;
        mostCpuNanos = Math.max(mostCpuNanos, cpu);
        assertThat(allocated).as("bytes allocated by seed %d", seed).isLessThan(MOST_ALLOCATED);
        assertThat(cpu).as("nanoseconds of seed %d", seed).isLessThan(MOST_CPU_NANOS);
    }

    private static void open(FuzzSubject subject, boolean graphs) throws Exception {
        switch (subject.kind()) {
            case FILE -> {
                SafetensorsFile file = SafetensorsFile.open(subject.path());
                for (String name : file.names()) {
                    file.map(name);
                }
            }
            case CHECKPOINT -> {
                Checkpoint checkpoint = Checkpoint.open(subject.path());
                checkpoint.summary();
                if (graphs) {
                    build(checkpoint);
                }
            }
        }
    }

    private static void build(Checkpoint checkpoint) throws ModelException {
        UnetGraph.build(checkpoint.unet(), checkpoint.unetWeights(), GraphForm.CPU);
        VaeDecoderGraph.build(checkpoint.vae(), checkpoint.vaeWeights(), GraphForm.CPU);
        ClipTextGraph.build(
                checkpoint.textEncoder(), checkpoint.textEncoderWeights(), ClipTextGraph.Output.NORMED, GraphForm.CPU);
        if (checkpoint.secondText().isPresent()) {
            Checkpoint.Text text = checkpoint.secondText().get();
            ClipTextGraph.build(text.encoder(), text.weights(), ClipTextGraph.Output.PLAIN_AND_POOLED, GraphForm.CPU);
        }
    }
}
