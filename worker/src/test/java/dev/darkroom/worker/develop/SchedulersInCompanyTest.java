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
import java.util.function.IntConsumer;
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
        Generation prepare(LoadedModel model, IntConsumer progress) {
            DevelopRequest request =
                    CompanyTest.request(model, "a red ring", SIDE, SIDE, scheduler, steps, guidance, 1);
            return Preparation.prepare(request, progress);
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
                Generation generation = job.prepare(model, step -> {});
                loop.submit(generation);
                alone.add(latents(generation));
            }
            BlockingQueue<Integer> company = new LinkedBlockingQueue<>();
            List<Generation> together = new ArrayList<>();
            for (Job job : jobs) {
                together.add(job.prepare(model, step -> company.add(loop.seats().size())));
            }

            List<Integer> seen = submit(loop, together, company);

            for (int i = 0; i < jobs.size(); i++) {
                assertThat(latents(together.get(i))).as("%s", jobs.get(i)).containsExactly(alone.get(i));
            }
            assertThat(seen).as("jobs of a call").anyMatch(number -> number > 2);
        }
    }

    /**
     * A third at once, and each time that a job has made a step, one more: calls are full, and never of the same jobs.
     *
     * @param company gets how many jobs a step's call had
     * @return those of the steps that were waited for
     */
    private static List<Integer> submit(DenoisingLoop loop, List<Generation> jobs, BlockingQueue<Integer> company)
            throws Exception {
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (i > jobs.size() / 3) {
                Integer number = company.poll(60, TimeUnit.SECONDS);
                assertThat(number).as("a step").isNotNull();
                seen.add(number);
            }
            loop.submit(jobs.get(i));
        }
        return seen;
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
