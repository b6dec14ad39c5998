package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With every scheduler the demo model makes the same latents, bit for bit, alone and among jobs that come and go. */
@Timeout(300)
class SchedulersInCompanyTest {
    private static final int MAX_ROWS = 8;
    private static final int SIDE = 64;

    /** Each has another number of steps than its neighbours, and others are guided, so that all leave at other times. */
    private record Job(String scheduler, int steps, double guidance) {
        Generation prepare(LoadedModel model, BlockingQueue<Integer> progress) {
            DevelopRequest request =
                    CompanyTest.request(model, "a red ring", SIDE, SIDE, scheduler, steps, guidance, 1);
            return Preparation.prepare(request, progress::add);
        }
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void theyAreTheSame(Memory memory) throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory));
        List<Job> jobs = jobs();
        try (LoadedModel model = loader.load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes")));
                DenoisingLoop loop = new DenoisingLoop("test", MAX_ROWS)) {
            List<float[]> alone = new ArrayList<>();
            for (Job job : jobs) {
                alone.add(latents(submitted(loop, model, job, new LinkedBlockingQueue<>())));
            }

            List<Generation> together = together(loop, model, jobs);

            for (int i = 0; i < jobs.size(); i++) {
                assertThat(latents(together.get(i))).as("%s", jobs.get(i)).containsExactly(alone.get(i));
            }
        }
    }

    /** A third at once, and each time that a job has made a step, one more: calls are full, and never of the same jobs. */
    private static List<Generation> together(DenoisingLoop loop, LoadedModel model, List<Job> jobs) throws Exception {
        BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
        List<Generation> submitted = new ArrayList<>();
        for (Job job : jobs) {
            if (submitted.size() > jobs.size() / 3) {
                assertThat(steps.poll(60, TimeUnit.SECONDS)).as("a step").isNotNull();
            }
            submitted.add(submitted(loop, model, job, steps));
        }
        return submitted;
    }

    private static Generation submitted(
            DenoisingLoop loop, LoadedModel model, Job job, BlockingQueue<Integer> progress) {
        Generation generation = job.prepare(model, progress);
        loop.submit(generation);
        return generation;
    }

    private static float[] latents(Generation generation) throws Exception {
        return generation.done().get(60, TimeUnit.SECONDS).images().get(0).latents();
    }

    private static List<Job> jobs() {
        List<Job> jobs = new ArrayList<>();
        for (String scheduler : Schedulers.names()) {
            jobs.add(new Job(scheduler, 3 + jobs.size() % 4, jobs.size() % 3 == 0 ? 1 : 4));
        }
        return jobs;
    }
}
