package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

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
            assertThat(model.unet().rowsAreIndependent()).isEqualTo(memory == Memory.STEADY);

            assertSameAloneAndTogether(model);
        }
    }

    /** With mapped weights a row's last bits depend on how many rows there are: jobs that share calls all the same. */
    @Test
    void jobsThatMayDifferByARoundingShareTheirCalls() throws Exception {
        CallRules fast = new CallRules(MAX_ROWS, CallRules.Company.SAME_PICTURE, CallRules.Filling.NONE);
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
        try (CountedModel model =
                new CountedModel(loader.load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes"))))) {
            List<DevelopRequest> requests = new ArrayList<>();
            List<Generation> alone = new ArrayList<>();
            for (String scheduler : List.of("ddim", "euler_a", "dpmpp_2m", "unipc", "heun")) {
                double guidance = requests.size() < 3 ? 4 : 1; // without one a picture has a row, which differs most
                DevelopRequest request = request(model, "a red ring", 128, 128, scheduler, 20, guidance, 1);
                requests.add(request);
                alone.addAll(jobs(List.of(request), fast));
            }
            model.rowsOfCalls.clear();

            List<Generation> together = jobs(requests, fast);

            assertThat(model.rowsOfCalls).contains(MAX_ROWS);
            for (int job = 0; job < together.size(); job++) {
                assertSamePicture(together.get(job), alone.get(job));
            }
        }
    }

    private static void assertSamePicture(Generation actual, Generation expected) {
        float[] one = actual.images().get(0).latents();
        float[] other = expected.images().get(0).latents();
        double squares = 0;
        double largest = 0;
        for (int i = 0; i < one.length; i++) {
            squares += (double) other[i] * other[i];
            largest = Math.max(largest, Math.abs(one[i] - other[i]));
        }
        double error = largest / Math.sqrt(squares / one.length);
        byte[] pixels = Finishing.develop(actual, 0).picture().rgb();
        byte[] others = Finishing.develop(expected, 0).picture().rgb();
        int pixel = 0;
        int differing = 0;
        for (int i = 0; i < pixels.length; i++) {
            int difference = Math.abs((pixels[i] & 0xff) - (others[i] & 0xff));
            pixel = Math.max(pixel, difference);
            differing += difference > 0 ? 1 : 0;
        }
        System.out.printf(
                "%s in company: latents %.1e, pixels %d, in %d of %d values%n",
                actual.request().scheduler(), error, pixel, differing, pixels.length);
        assertThat(error).as("latents, in units of their root mean square").isLessThan(1e-3);
        assertThat(pixel).as("pixels").isLessThanOrEqualTo(1);
    }

    private static void assertSameAloneAndTogether(LoadedModel model) throws Exception {
        List<DevelopRequest> requests = List.of(
                request(model, "a red ring", "ddim", 6, 1),
                request(model, "a blue square", "euler", 4, 2),
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
        try (DenoisingLoop loop = new DenoisingLoop("test", rules, StallLimits.GENEROUS)) {
            jobs.forEach(loop::submit);
            for (Generation job : jobs) {
                job.done().get(30, TimeUnit.SECONDS);
            }
        }
        return jobs;
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
