package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step makes its result and nothing else of the size of a picture. */
class AllocationTest {
    private static final int SIZE = 4 * 128 * 128;
    private static final long PICTURE = (long) SIZE * Float.BYTES;
    private static final int STEPS = 12;

    static Stream<String> names() {
        return Schedulers.names().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void aStepAllocatesItsResult(String name) {
        Map<String, Object> settings = Map.of("_class_name", "DDIMScheduler", "clip_sample", false);
        Scheduler scheduler = Schedulers.create(name, settings, STEPS);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SolverHistory history = new SolverHistory();
        TorchNoise noise = new TorchNoise(1);
        float[] output = new TorchCpuNoise(2).randn(SIZE);
        float[] sample = noise.randn(SIZE);
        long allocated = 0;
        int measured = 0;
        for (int index = 0; index < scheduler.steps(); index++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            float[] next = scheduler.step(index, output, sample, history, noise);
            if (index >= scheduler.steps() / 2) { // by then the history has all that it needs
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
                measured++;
            }
            sample = next;
        }
        assertThat(allocated).isLessThan((long) (1.5 * measured * PICTURE));
    }
}
