package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the loop takes of the heap, with the demo model at its native size. */
@Timeout(120)
class LoopMemoryTest {
    private static final int JOBS = 4;
    private static final int ROWS = 2 * JOBS;
    private static final int STEPS = 60;
    private static final int STEPS_BEFORE = 20;

    /** Latents in and out, and the texts, of the four guided pictures' call: (8, 4, 16, 16) twice, (8, 77, 128). */
    private static final long TENSORS = 4L * ROWS * (2 * 4 * 16 * 16 + 77 * 128);

    @ParameterizedTest
    @EnumSource(RowsWay.class)
    void aStepAllocatesLittleBesideItsTensors(RowsWay way) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AtomicLong begin = new AtomicLong();
        AtomicLong end = new AtomicLong();
        try (LoadedModel model = way.of(shapes(), 2).orElseThrow();
                DenoisingLoop loop = new DenoisingLoop("memory", ROWS)) {
            List<Generation> jobs = new ArrayList<>();
            for (int job = 0; job < JOBS; job++) {
                AtomicLong at = job > 0 ? new AtomicLong() : begin;
                AtomicLong last = job > 0 ? new AtomicLong() : end;
                jobs.add(Preparation.prepare(request(model), step -> {
                    (step == STEPS_BEFORE ? at : last).set(threads.getCurrentThreadAllocatedBytes());
                }));
            }
            jobs.forEach(loop::submit);
            for (Generation job : jobs) {
                job.done().get(60, TimeUnit.SECONDS);
            }
        }
        long step = (end.get() - begin.get()) / (STEPS - STEPS_BEFORE);

        assertThat(step - TENSORS).as("bytes a step, beside the tensors").isLessThan(1 << 20);
    }

    @Test
    void aJobThatWaitsKeepsLittleBesideLatentsAndText() throws Exception {
        int jobs = 1000;
        List<Generation> waiting = new ArrayList<>(jobs);
        try (LoadedModel model = shapes()) {
            DevelopRequest request = request(model);
            long before = usedHeap();
            for (int job = 0; job < jobs; job++) {
                waiting.add(Preparation.prepare(request, step -> {}));
            }
            long each = (usedHeap() - before) / jobs;

            long latents = 4L * waiting.get(0).images().get(0).latents().length;
            long text = 2L * 4 * 77 * 128;
            assertThat(each - latents - text).as("bytes of a job").isLessThan(64 << 10);
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static DevelopRequest request(LoadedModel model) {
        return CompanyTest.request(model, "a red ring", 128, 128, "dpmpp_2m", STEPS, 4, 1);
    }

    private static LoadedModel shapes() throws Exception {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.STEADY))
                .load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes")));
    }
}
