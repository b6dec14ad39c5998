package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No picture changes because of its neighbours, be a model's rows independent or not. */
@Timeout(60)
class CompanyTest {
    private static final int MAX_ROWS = 8;

    @Test
    void aModelWhoseRowsDependOnCompanyMakesTheSamePictures() throws Exception {
        RowwiseModel model = new RowwiseModel();
        model.companyCounts = true;
        model.steps.release(1_000_000);

        assertSameAloneAndTogether(model);

        assertThat(model.rowsOfCalls).as("rows of calls").contains(2, 4, MAX_ROWS);
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void theDemoModelMakesTheSamePictures(Memory memory) throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory));
        try (LoadedModel model = loader.load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes")))) {
            assertThat(model.unet().rowsAreIndependent()).isTrue();

            assertSameAloneAndTogether(model);
        }
    }

    /** Whose last bits depend on how many rows there are: jobs that share calls all the same. */
    @Test
    void jobsThatMayDifferByARoundingShareTheirCalls() throws Exception {
        CallRules fast = new CallRules(MAX_ROWS, CallRules.Company.SAME_PICTURE, CallRules.Filling.NONE);
        RowwiseModel model = new RowwiseModel();
        model.companyCounts = true;
        model.steps.release(1_000_000);
        List<DevelopRequest> requests = new ArrayList<>();
        List<Generation> alone = new ArrayList<>();
        for (String scheduler : List.of("ddim", "euler_a", "dpmpp_2m", "unipc", "heun")) {
            double guidance = requests.size() < 3 ? 4 : 1;
            DevelopRequest request = request(model, "a red ring", 64, 64, scheduler, 4, guidance, 1);
            requests.add(request);
            alone.addAll(jobs(List.of(request), fast));
        }
        model.rowsOfCalls.clear();

        List<Generation> together = jobs(requests, fast);

        assertThat(model.rowsOfCalls).contains(MAX_ROWS);
        for (int job = 0; job < together.size(); job++) {
            assertThat(together.get(job).images().get(0).latents())
                    .containsExactly(alone.get(job).images().get(0).latents(), within(1e-3f));
        }
    }

    private static void assertSameAloneAndTogether(LoadedModel model) throws Exception {
        List<DevelopRequest> requests = List.of(
                request(model, "a red ring", "ddim", 6, 1),
                request(model, "a blue square", "euler", 4, 2),
                request(model, "a yellow star", "ddim", 5, 2).with(new GuidanceInterval(0.2, 0.6), 1),
                request(model, "a red star", "euler_a", 6, 2).with(new GuidanceInterval(0.5, 1), 2),
                request(model, "a white ring", "dpmpp_2m", 7, 2).with(GuidanceInterval.ALWAYS, 3),
                request(model, "a green ring", "euler_a", 6, 2).with(new Beginning.Anew(Pictures.stripes(64, 64), 0.5)),
                request(model, "a blue ring", "ddim", 5, 2)
                        .with(new Beginning.PartlyAnew(Pictures.stripes(64, 64), Pictures.leftHalf(64, 64), 0.8)),
                request(model, "a green circle", "dpmpp_2m", 5, 5));
        List<float[]> alone = new ArrayList<>();
        for (DevelopRequest request : requests) {
            alone.addAll(latents(List.of(request)));
        }

        List<float[]> together = latents(requests);

        assertThat(together).containsExactly(alone.toArray(new float[0][]));
    }

    /** The final latents of jobs that are submitted at the same time, by lanes of their own. */
    private static List<float[]> latents(List<DevelopRequest> requests) throws Exception {
        List<float[]> latents = new ArrayList<>();
        jobs(requests, CallRules.strict(MAX_ROWS))
                .forEach(job -> job.images().forEach(image -> latents.add(image.latents())));
        return latents;
    }

    private static List<Generation> jobs(List<DevelopRequest> requests, CallRules rules) throws Exception {
        List<Generation> jobs = new ArrayList<>();
        for (DevelopRequest request : requests) {
            jobs.add(Preparation.prepare(request, new Share("lane-" + jobs.size(), 1 + jobs.size(), ""), step -> {}));
        }
        try (DenoisingLoop loop = new DenoisingLoop("test", rules, StallLimits.GENEROUS, System::nanoTime)) {
            CountDownLatch all = new CountDownLatch(1);
            loop.submit(gate(requests.get(0).model(), all));
            jobs.forEach(loop::submit);
            all.countDown();
            for (Generation job : jobs) {
                job.done().get(30, TimeUnit.SECONDS);
            }
        }
        return jobs;
    }

    /** A job of another size, that holds the loop in its only step until all others are there. */
    static Generation gate(LoadedModel model, CountDownLatch all) {
        return Preparation.prepare(request(model, "abc", 192, 192, "ddim", 1, 1, 1), step -> {
            try {
                assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static DevelopRequest request(LoadedModel model, String prompt, String scheduler, int steps, int images) {
        return request(model, prompt, 64, 64, scheduler, steps, 4, images);
    }

    static DevelopRequest request(
            LoadedModel model,
            String prompt,
            int width,
            int height,
            String scheduler,
            int steps,
            double guidance,
            int images) {
        return new DevelopRequest(
                model,
                prompt,
                "",
                PromptSyntax.PLAIN,
                width,
                height,
                steps,
                guidance,
                scheduler,
                model.description().schedulerConfig(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
    }
}
