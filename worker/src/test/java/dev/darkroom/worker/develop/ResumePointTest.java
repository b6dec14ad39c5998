package dev.darkroom.worker.develop;

import static dev.darkroom.worker.develop.ResumeFixture.ORIGIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.Noise;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResumePointTest {
    private final ResumeFixture fixture = new ResumeFixture();

    static Stream<Arguments> runs() {
        List<Arguments> runs = new ArrayList<>();
        for (String name : Schedulers.names()) {
            runs.add(Arguments.of(name, 1.0, Map.of()));
            runs.add(Arguments.of(name, 5.0, Map.of("solver_order", 3, "solver_type", "heun")));
            runs.add(Arguments.of(name, 5.0, Map.of("prediction_type", "v_prediction", "thresholding", true)));
        }
        runs.add(Arguments.of("pndm", 5.0, Map.of("skip_prk_steps", true)));
        runs.add(Arguments.of("dpmpp_sde", 5.0, Map.of("noise_sampler_seed", 3)));
        runs.add(Arguments.of("unipc", 5.0, Map.of("disable_corrector", List.of(1, 3))));
        return runs.stream();
    }

    /** Each worker does one step and hands the rest to the next one. */
    @ParameterizedTest
    @MethodSource("runs")
    void aJobThatIsHandedOnAfterEachStepHasTheBitsOfOneThatIsNot(
            String scheduler, double guidance, Map<String, Object> more) throws Exception {
        Map<String, Object> settings = ResumeFixture.settings();
        settings.putAll(more);
        Noise noise = guidance > 1 ? Noise.TORCH_CPU : Noise.CUDA_PHILOX;
        DevelopRequest request =
                fixture.request(scheduler, guidance, settings, scheduler.startsWith("dpmpp_3s") ? 7 : 6, 7, noise);
        Generation whole = ResumeFixture.prepare(request);
        List<float[]> expected = ResumeFixture.toTheEnd(whole);
        List<Integer> calls = List.copyOf(fixture.model.rowsOfCalls);
        fixture.model.rowsOfCalls.clear();

        Generation worker = ResumeFixture.prepare(request);
        int handedOn = 0;
        while (!ResumeFixture.isFinished(worker)) {
            ResumeFixture.step(worker);
            byte[] left = ResumeFixture.bytes(worker);
            int steps = worker.stepsDone();
            worker = ResumeFixture.prepare(request);
            ResumePoint.resume(worker, left, ORIGIN);
            assertThat(worker.stepsDone()).isEqualTo(steps);
            handedOn++;
        }

        assertThat(handedOn).isGreaterThanOrEqualTo(6);
        assertThat(ResumeFixture.latents(worker)).containsExactly(expected.toArray(new float[0][]));
        assertThat(fixture.model.rowsOfCalls).as("rows of each call").isEqualTo(calls);
    }

    /** As many pictures as do not fit one call: the first ones are done before the others begin. */
    @Test
    void picturesThatHaveNotBegunTakeNoBytes() {
        DevelopRequest request = fixture.request("dpmpp_2m", 5);
        byte[] begun = ResumeFixture.bytes(fixture.after(request, 2));
        byte[] firstDone = ResumeFixture.bytes(fixture.after(request, 6));

        int picture = request.latentValues() * Float.BYTES;
        assertThat(begun).as("two pictures with two outputs each").hasSizeBetween(6 * picture, 6 * picture + 100);
        assertThat(firstDone).as("two final pictures").hasSizeBetween(2 * picture, 2 * picture + 100);
    }

    @Test
    void beforeTheFirstStepThereIsNothingToGoOnFrom() {
        Generation stopped = ResumeFixture.stopped(fixture.after(fixture.request("euler", 1), 0));
        assertThat(ResumePoint.of(stopped, ORIGIN, ResumeFixture.MOST)).isEmpty();
    }

    @Test
    void whatWouldBeTooLargeIsNotWritten() {
        Generation stopped = ResumeFixture.stopped(fixture.after(fixture.request("euler", 1), 1));
        int length = ResumePoint.of(stopped, ORIGIN, ResumeFixture.MOST)
                .orElseThrow()
                .bytes()
                .length;
        assertThat(ResumePoint.of(stopped, ORIGIN, length)).isPresent();
        assertThat(ResumePoint.of(stopped, ORIGIN, length - 1)).isEmpty();
    }

    @Test
    void numbersThatAreNotFiniteAreNotWritten() {
        Generation generation = fixture.after(fixture.request("euler", 1), 1);
        generation.images().get(1).latents()[9] = Float.NaN;
        assertThat(ResumePoint.of(ResumeFixture.stopped(generation), ORIGIN, ResumeFixture.MOST))
                .isEmpty();
    }

    @Test
    void aGenerationInTheLoopIsLeftAlone() {
        Generation running = fixture.after(fixture.request("euler", 1), 1);
        assertThatThrownBy(() -> ResumePoint.of(running, ORIGIN, ResumeFixture.MOST))
                .isInstanceOf(IllegalStateException.class);
    }

    /** The solver may have forgotten an output by then, and not counted the step. */
    @Test
    void aPictureWhoseStepBrokeOffIsNotWhole() {
        Scheduler scheduler = Schedulers.create("dpmpp_2m", ResumeFixture.settings(), 6);
        LatentImage image = new LatentImage(PictureNoise.of(Noise.TORCH_CPU, 1), new float[16], new Companion.None());
        image.advance(scheduler, new float[16]);
        assertThat(image.isWhole()).isTrue();
        assertThatThrownBy(() -> image.advance(scheduler, new float[3])).isInstanceOf(IllegalArgumentException.class);
        assertThat(image.isWhole()).isFalse();
    }

    @Test
    void aPictureOnlyGoesOnBeforeItsFirstStep() throws Exception {
        DevelopRequest request = fixture.request("euler", 1);
        byte[] left = ResumeFixture.bytes(fixture.after(request, 1));
        Generation begun = fixture.after(request, 1);
        assertThatThrownBy(() -> ResumePoint.resume(begun, left, ORIGIN)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsOfAnotherJobOrModelIsRefused() {
        DevelopRequest request = fixture.request("euler", 5);
        byte[] left = ResumeFixture.bytes(fixture.after(request, 2));
        refused(left, fixture.request("euler", 5, ResumeFixture.settings(), 6, 8), ORIGIN);
        refused(left, fixture.request("euler", 6), ORIGIN);
        refused(left, fixture.request("euler_karras", 5), ORIGIN);
        refused(left, request, "computed elsewhere");
        Map<String, Object> otherNoise = ResumeFixture.settings();
        otherNoise.put("beta_end", 0.013);
        refused(left, fixture.request("euler", 5, otherNoise, 6, 7), ORIGIN);
        fixture.model.precision = Precision.FP16;
        refused(left, request, ORIGIN);
    }

    /** As a worker with another text encoder, or on another kind of machine, would have them. */
    @Test
    void whatWasMadeOfOtherEncodedTextsIsRefused() {
        DevelopRequest request = fixture.request("euler", 5);
        byte[] left = ResumeFixture.bytes(fixture.after(request, 2));
        fixture.model.textOffset = Math.ulp(1f);
        refused(left, request, ORIGIN);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 51, 83, 500})
    void aShortOneIsRefused(int length) {
        DevelopRequest request = fixture.request("euler", 5);
        byte[] left = ResumeFixture.bytes(fixture.after(request, 2));
        refused(Arrays.copyOf(left, length), request, ORIGIN);
    }

    @Test
    void aLongOneIsRefused() {
        DevelopRequest request = fixture.request("euler", 5);
        byte[] left = ResumeFixture.bytes(fixture.after(request, 2));
        refused(Arrays.copyOf(left, left.length + 4), request, ORIGIN);
    }

    private static void refused(byte[] left, DevelopRequest request, String origin) {
        Generation fresh = ResumeFixture.prepare(request);
        assertThatThrownBy(() -> ResumePoint.resume(fresh, left, origin))
                .isInstanceOf(UnusableResumePointException.class);
        assertThat(fresh.calls()).as("it begins anew").isZero();
    }
}
