package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs of forty sizes, in any order and by three lanes: all are done, and each picture is that of its job alone. */
@Timeout(120)
class ManySizesTest {
    private static final int MAX_ROWS = 8;
    private static final int COLUMNS = 8;
    private static final int ROWS = 5;

    @Test
    void ofTheSameModel() throws Exception {
        RowwiseModel model = new RowwiseModel();
        model.steps.release(1_000_000);

        assertSameAloneAndTogether(sizes(model, 3), 21);
        assertThat(model.rowsOfCalls)
                .as("rows of calls; two jobs of a size have six")
                .contains(6);
    }

    /** One has memory for few rows, and the other one's rows depend on their company. */
    @Test
    void ofTwoModels() throws Exception {
        RowwiseModel small = new RowwiseModel("small");
        RowwiseModel dependent = new RowwiseModel("dependent");
        small.steps.release(1_000_000);
        dependent.steps.release(1_000_000);
        dependent.companyCounts = true;
        small.rowsThatFit = 3;
        List<DevelopRequest> requests = new ArrayList<>(sizes(small, 2));
        requests.addAll(sizes(dependent, 2));

        assertSameAloneAndTogether(requests, 22);
    }

    @Test
    void ofTheDemoModel() throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.STEADY));
        try (CountedModel model =
                new CountedModel(loader.load(ModelFiles.of("shapes", Path.of("../deploy/models/shapes"))))) {
            assertSameAloneAndTogether(sizes(model, 1), 23);

            assertThat(model.rowsOfCalls)
                    .as("rows of calls; two jobs of a size have six")
                    .contains(6);
        }
    }

    /** Two jobs of each size: one of two guided pictures, and another that can share its calls. */
    private static List<DevelopRequest> sizes(LoadedModel model, int steps) {
        List<DevelopRequest> requests = new ArrayList<>();
        for (int i = 0; i < COLUMNS * ROWS; i++) {
            int width = 64 + 16 * (i % COLUMNS);
            int height = 64 + 16 * (i / COLUMNS);
            requests.add(CompanyTest.request(model, "a red ring", width, height, "ddim", steps, 4, 2));
            requests.add(CompanyTest.request(model, "a blue square", width, height, "euler_a", steps + 1, 1, 2));
        }
        return requests;
    }

    private static void assertSameAloneAndTogether(List<DevelopRequest> requests, long seed) throws Exception {
        List<DevelopRequest> shuffled = new ArrayList<>(requests);
        Collections.shuffle(shuffled, new Random(seed));
        List<float[]> alone = new ArrayList<>();
        for (DevelopRequest request : shuffled) {
            alone.addAll(latents(List.of(request)));
        }

        assertThat(latents(shuffled)).containsExactly(alone.toArray(new float[0][]));
    }

    private static List<float[]> latents(List<DevelopRequest> requests) throws Exception {
        List<Generation> jobs = new ArrayList<>();
        for (DevelopRequest request : requests) {
            int lane = jobs.size() % 3;
            Share share = new Share("lane-" + lane, 1 + 3 * lane, "tenant-" + jobs.size() % 5);
            jobs.add(Preparation.prepare(request, share, step -> {}));
        }
        List<float[]> latents = new ArrayList<>();
        try (DenoisingLoop loop = new DenoisingLoop("test", MAX_ROWS)) {
            CountDownLatch all = new CountDownLatch(1);
            loop.submit(CompanyTest.gate(requests.get(0).model(), all));
            jobs.forEach(loop::submit);
            all.countDown();
            for (Generation job : jobs) {
                job.done().get(60, TimeUnit.SECONDS);
                job.images().forEach(image -> latents.add(image.latents()));
            }
        }
        return latents;
    }
}
