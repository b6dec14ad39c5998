package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.diffusion.schedule.UnsupportedSchedulerException;
import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What of jobs that begin with a picture does not show in a single generation: company, resuming, every scheduler. */
@Timeout(120)
class GivenPictureTest {
    private static final Picture PICTURE = Pictures.stripes(64, 64);
    private static final Mask MASK = Pictures.leftHalf(64, 64);

    private final ResumeFixture fixture = new ResumeFixture();

    @ParameterizedTest
    @CsvSource({
        "tiny-sd15-inpaint, FAST_START, FP32",
        "tiny-sd15-inpaint, STEADY, FP32",
        "tiny-sd15-inpaint, STEADY, INT8",
        "tiny-sd15-pix2pix, FAST_START, FP32",
        "tiny-sd15-pix2pix, STEADY, FP32",
        "tiny-sd15-pix2pix, STEADY, INT8"
    })
    void aModelThatTakesAPictureMakesTheSamePicturesInCompany(
            String id, Memory memory, Precision precision, @TempDir Path folder) throws Exception {
        FormulaCheckpoint.of(id).write(folder, DataType.F32);
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory));
        try (LoadedModel model = loader.load(ModelFiles.of(id, folder).in(precision))) {
            assertThat(model.unet().rowsAreIndependent()).isTrue();
            List<DevelopRequest> requests = id.endsWith("inpaint")
                    ? List.of(
                            request(model, "ddim", 5, 2, new Beginning.PartlyAnew(PICTURE, MASK, 1)),
                            request(model, "euler_a", 4, 1, new Beginning.PartlyAnew(PICTURE, MASK, 0.6)),
                            request(model, "dpmpp_2m", 4, 2, new Beginning.PartlyAnew(PICTURE, MASK, 1))
                                    .with(new GuidanceInterval(0.4, 0.9), 2))
                    : List.of(
                            request(model, "ddim", 3, 2, new Beginning.Edited(PICTURE, 1.5)),
                            request(model, "euler_a", 4, 1, new Beginning.Edited(PICTURE, 0.5)),
                            request(model, "ddim", 5, 2, new Beginning.Edited(PICTURE, 1.2))
                                    .with(new GuidanceInterval(0.3, 1), 3),
                            request(model, "euler", 4, 1, new Beginning.Edited(PICTURE, 2))
                                    .with(new GuidanceInterval(0, 0.5), 2));
            List<float[]> alone = new ArrayList<>();
            for (DevelopRequest request : requests) {
                alone.addAll(latents(List.of(request)));
            }
            assertThat(latents(requests)).containsExactly(alone.toArray(new float[0][]));
        }
    }

    /** Below 1 the picture guides nothing, and neither does the prompt: so diffusers. */
    @Test
    void anEditedPictureTakesThreeRowsOrOne() {
        assertThat(edited(1.5).rowsOfAPicture()).isEqualTo(3);
        assertThat(edited(1).rowsOfAPicture()).isEqualTo(3);
        assertThat(edited(0.99).rowsOfAPicture()).isEqualTo(1);
        assertThat(edited(0.99).guided()).isFalse();
    }

    private DevelopRequest edited(double imageGuidanceScale) {
        return fixture.request("ddim", 5, 4, 1).with(new Beginning.Edited(PICTURE, imageGuidanceScale));
    }

    static List<String> schedulers() {
        return Schedulers.names();
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void everySchedulerBeginsLaterAndGoesOnWhereItWasStopped(String scheduler) throws Exception {
        for (Beginning beginning :
                List.of(new Beginning.Anew(PICTURE, 0.6), new Beginning.PartlyAnew(PICTURE, MASK, 0.8))) {
            DevelopRequest request = fixture.request(scheduler, 5, 5, 2).with(beginning);
            int all = fixture.request(scheduler, 5, 5, 2).newScheduler().steps();
            assertThat(request.newScheduler().steps()).isBetween(1, all - 1);
            List<float[]> whole = ResumeFixture.toTheEnd(ResumeFixture.prepare(request));
            whole.forEach(latents -> assertThat(Batch.areFinite(latents)).isTrue());

            byte[] left = ResumeFixture.bytes(fixture.after(request, 1));
            Generation resumed = ResumeFixture.prepare(request);
            ResumePoint.resume(resumed, left, ResumeFixture.ORIGIN);
            assertThat(ResumeFixture.toTheEnd(resumed)).containsExactly(whole.toArray(new float[0][]));
        }
    }

    @Test
    void whatBeganOtherwiseIsNotGoneOnFrom() {
        DevelopRequest request = fixture.request("euler_a", 5, 5, 1);
        Beginning.PartlyAnew beginning = new Beginning.PartlyAnew(PICTURE, MASK, 0.8);
        byte[] left = ResumeFixture.bytes(fixture.after(request.with(beginning), 1));
        byte[] other = PICTURE.rgb().clone();
        other[3 * (64 * 32 + 40)] ^= 0x40;
        boolean[] less = MASK.anew().clone();
        less[0] = false;
        for (Beginning unlike : List.of(
                new Beginning.Blank(),
                new Beginning.Anew(PICTURE, 0.8),
                new Beginning.PartlyAnew(PICTURE, MASK, 0.6),
                new Beginning.PartlyAnew(new Picture(64, 64, other), MASK, 0.8),
                new Beginning.PartlyAnew(PICTURE, new Mask(64, 64, less), 0.8))) {
            Generation fresh = ResumeFixture.prepare(request.with(unlike));
            assertThatThrownBy(() -> ResumePoint.resume(fresh, left, ResumeFixture.ORIGIN))
                    .as(unlike.getClass().getSimpleName())
                    .isInstanceOf(UnusableResumePointException.class);
        }
    }

    @Test
    void aStrengthThatLeavesNoStepIsRefused() {
        DevelopRequest request = fixture.request("euler", 5, 4, 1).with(new Beginning.Anew(PICTURE, 0.2));
        assertThatThrownBy(request::newScheduler)
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContainingAll("4 steps", "0.2");
    }

    @Test
    void aPictureOfAnotherSizeIsRefused() {
        DevelopRequest request = fixture.request("euler", 5, 4, 1);
        assertThatThrownBy(() -> request.with(new Beginning.Anew(Pictures.stripes(64, 72), 0.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("64x72", "64x64");
        assertThatThrownBy(() -> new Beginning.PartlyAnew(PICTURE, Pictures.leftHalf(64, 72), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Beginning.Anew(PICTURE, 1.1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Beginning.Anew(PICTURE, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<float[]> latents(List<DevelopRequest> requests) throws Exception {
        List<Generation> jobs = new ArrayList<>();
        for (DevelopRequest request : requests) {
            jobs.add(Preparation.prepare(request, step -> {}));
        }
        try (DenoisingLoop loop = new DenoisingLoop("test", 8)) {
            jobs.forEach(loop::submit);
            for (Generation job : jobs) {
                job.done().get(60, TimeUnit.SECONDS);
            }
        }
        return jobs.stream()
                .flatMap(job -> job.images().stream())
                .map(LatentImage::latents)
                .toList();
    }

    private static DevelopRequest request(
            LoadedModel model, String scheduler, int steps, int images, Beginning beginning) {
        return new DevelopRequest(
                        model,
                        "a red ring",
                        "",
                        PromptSyntax.PLAIN,
                        64,
                        64,
                        steps,
                        5,
                        scheduler,
                        model.description().schedulerConfig(),
                        7,
                        Noise.TORCH_CPU,
                        images,
                        0,
                        0,
                        0)
                .with(beginning);
    }
}
