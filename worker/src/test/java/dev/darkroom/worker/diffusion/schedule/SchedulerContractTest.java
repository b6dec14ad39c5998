package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every scheduler, whatever it computes. */
class SchedulerContractTest {
    private static final int SIZE = 4 * 4 * 4;
    private static final List<Integer> STEPS = List.of(1, 2, 3, 4, 10, 50);
    private static final List<String> SPACINGS = List.of("leading", "trailing", "linspace");
    private static final List<String> PREDICTIONS = List.of("epsilon", "v_prediction", "sample");

    static Stream<String> names() {
        return Schedulers.names().stream();
    }

    static Stream<Arguments> sweep() {
        List<Arguments> all = new ArrayList<>();
        for (String name : Schedulers.names()) {
            for (String prediction : PREDICTIONS) {
                for (String spacing : SPACINGS) {
                    all.add(Arguments.of(name, prediction, spacing));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("sweep")
    @Tag("wide")
    void everySettingEndsFiniteAfterTheStepsThatWereAskedFor(String name, String prediction, String spacing) {
        for (int steps : STEPS) {
            for (boolean zeroSnr : new boolean[] {false, true}) {
                for (String finalSigma : List.of("zero", "sigma_min")) {
                    Map<String, Object> settings = settings(prediction, spacing);
                    settings.put("rescale_betas_zero_snr", zeroSnr);
                    settings.put("final_sigmas_type", finalSigma);
                    settings.put("solver_type", steps % 2 == 0 ? "midpoint" : "heun");
                    settings.put("euler_at_final", steps == 3);
                    settings.put("lower_order_final", steps != 10);
                    boolean withoutSignal = zeroSnr && prediction.equals("epsilon");
                    if (withoutSignal && needsSignal(name) && beginsAtTheEnd(name, spacing, steps)) {
                        assertThatThrownBy(() -> Schedulers.create(name, settings, steps))
                                .isInstanceOf(UnsupportedSchedulerException.class)
                                .hasMessageContaining("rescale_betas_zero_snr");
                        continue;
                    }
                    settings.put("skip_prk_steps", steps < 4 || zeroSnr);
                    if (steps > 3) {
                        settings.put("solver_order", 3);
                    }
                    Scheduler scheduler = Schedulers.create(name, settings, steps, steps % 2 == 0 ? 1 : 0);
                    assertThat(scheduler.steps()).isEqualTo(calls(name, steps, zeroSnr || steps < 4));
                    Run run = new Run(scheduler, 7);
                    run.toEnd();
                    assertThat(run.isFinite())
                            .as("%d steps, %s", steps, settings)
                            .isTrue();
                }
            }
        }
    }

    /** How often the UNet is called. */
    private static int calls(String name, int steps, boolean skipPrkSteps) {
        if (name.equals("pndm")) {
            return skipPrkSteps ? (steps == 1 ? 1 : steps + 1) : steps + 9;
        }
        boolean twice = name.startsWith("heun") || name.startsWith("kdpm2") || name.startsWith("dpmpp_sde");
        return twice ? 2 * steps - 1 : steps;
    }

    /** Those over alphas: the others put a small signal in the place of none. PNDM does not know zero-SNR. */
    private static boolean needsSignal(String name) {
        return List.of("ddim", "ddpm", "lcm", "tcd").contains(name);
    }

    private static boolean beginsAtTheEnd(String name, String spacing, int steps) {
        boolean distilled = name.equals("lcm") || name.equals("tcd");
        return distilled || spacing.equals("trailing") || (spacing.equals("linspace") && steps > 1);
    }

    @ParameterizedTest
    @MethodSource("names")
    void timestepsFallWithinTheTrainingRange(String name) {
        for (int steps : STEPS) {
            Scheduler scheduler = Schedulers.create(name, settings("epsilon", "leading"), steps);
            float before = 1000; // but what an ancestral step looks at halfway may lie beyond the next step
            for (int i = 0; i < scheduler.steps(); i++) {
                assertThat(scheduler.timestep(i)).isBetween(0f, name.startsWith("kdpm2_a") ? 1000f : before);
                before = scheduler.timestep(i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void twoPicturesThatShareASchedulerDoNotDisturbEachOther(String name) {
        Scheduler shared = Schedulers.create(name, settings("epsilon", "linspace"), 10, 1);
        Run alone1 = new Run(Schedulers.create(name, settings("epsilon", "linspace"), 10, 1), 1);
        Run alone2 = new Run(Schedulers.create(name, settings("epsilon", "linspace"), 10, 1), 2);
        alone1.toEnd();
        alone2.toEnd();
        Run first = new Run(shared, 1);
        Run second = new Run(shared, 2);
        first.step();
        first.step();
        while (second.index < shared.steps()) {
            second.step();
            if (first.index < shared.steps()) {
                first.step();
            }
        }
        assertThat(first.sample).isEqualTo(alone1.sample);
        assertThat(second.sample).isEqualTo(alone2.sample);
    }

    @ParameterizedTest
    @MethodSource("names")
    void aStepLeavesItsInputsAlone(String name) {
        Scheduler scheduler = Schedulers.create(name, settings("v_prediction", "leading"), 4, 0.5);
        SolverHistory history = new SolverHistory();
        float[] sample = new TorchCpuNoise(3).randn(SIZE);
        float[] output = new TorchCpuNoise(4).randn(SIZE);
        float[] sampleBefore = sample.clone();
        float[] outputBefore = output.clone();
        for (int i = 0; i < scheduler.steps(); i++) {
            float[] next = scheduler.step(i, output, sample, history, new TorchNoise(5));
            assertThat(next).isNotSameAs(sample).isNotSameAs(output);
            assertThat(scheduler.scaleModelInput(i, sample)).hasSize(SIZE);
        }
        assertThat(sample).isEqualTo(sampleBefore);
        assertThat(output).isEqualTo(outputBefore);
    }

    @ParameterizedTest
    @MethodSource("names")
    @Tag("wide")
    void anyNumberOfStepsRunsOrIsRefusedClearly(String name) {
        for (String spacing : SPACINGS) {
            for (int steps : IntStream.concat(IntStream.rangeClosed(1, 40), IntStream.of(49, 98, 150, 499, 999, 1000))
                    .toArray()) {
                try {
                    Scheduler scheduler = Schedulers.create(name, settings("epsilon", spacing), steps);
                    assertThat(scheduler.steps()).isEqualTo(calls(name, steps, true));
                    assertThat(IntStream.range(0, scheduler.steps()).allMatch(i -> inRange(scheduler.timestep(i))))
                            .isTrue();
                } catch (UnsupportedSchedulerException e) {
                    assertThat(steps).as(e.getMessage()).isGreaterThan(50);
                    assertThat(e).hasMessageContaining(steps + " steps cannot be placed");
                }
            }
        }
    }

    private static boolean inRange(float timestep) {
        return timestep >= 0 && timestep <= 999;
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, Integer.MAX_VALUE})
    void moreStepsThanTrainingTimestepsAreRefused(int steps) {
        for (String name : Schedulers.names()) {
            assertThatThrownBy(() -> Schedulers.create(name, settings("epsilon", "leading"), steps))
                    .isInstanceOf(UnsupportedSchedulerException.class)
                    .hasMessageContaining(steps + " steps")
                    .hasMessageContaining("1000");
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void wrongUseIsRefused(String name) {
        assertThatThrownBy(() -> Schedulers.create(name, settings("epsilon", "leading"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0");
        Scheduler scheduler = Schedulers.create(name, settings("epsilon", "leading"), 4);
        float[] sample = new float[SIZE];
        assertThatThrownBy(
                        () -> scheduler.step(scheduler.steps(), sample, sample, new SolverHistory(), new TorchNoise(0)))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> scheduler.step(0, new float[3], sample, new SolverHistory(), new TorchNoise(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3")
                .hasMessageContaining(Integer.toString(SIZE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void anEtaOutOfRangeIsRefused(double eta) {
        assertThatThrownBy(() -> Schedulers.create("ddim", settings("epsilon", "leading"), 4, eta))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("eta");
    }

    /** An exact prediction of the noise leads straight to the picture, whatever the path. */
    @ParameterizedTest
    @MethodSource("names")
    void anExactPredictionLeadsToThePicture(String name) {
        float[] picture = new TorchCpuNoise(11).randn(SIZE);
        Scheduler scheduler = Schedulers.create(name, settings("sample", "trailing"), 10);
        boolean noisyEnd = List.of("ddim", "pndm", "tcd").contains(name) || name.startsWith("deis");
        Run run = new Run(scheduler, 12);
        while (run.index < scheduler.steps()) {
            run.step(picture);
        }
        assertThat(ScheduleVectors.relativeError(run.sample, picture)).isLessThan(noisyEnd ? 0.2 : 1e-5);
    }

    @Test
    void thresholdingAndClippingBoundThePredictedPicture() {
        for (String key : List.of("thresholding", "clip_sample")) {
            Map<String, Object> settings = settings("sample", "trailing");
            settings.put(key, true);
            settings.put("set_alpha_to_one", true);
            Scheduler scheduler = Schedulers.create("ddim", settings, 1);
            float[] far = new TorchCpuNoise(1).randn(SIZE);
            for (int i = 0; i < SIZE; i++) {
                far[i] *= 50;
            }
            float[] end = scheduler.step(0, far, new float[SIZE], new SolverHistory(), new TorchNoise(0));
            for (float value : end) {
                assertThat(Math.abs(value)).isLessThanOrEqualTo(1f);
            }
        }
    }

    private static Map<String, Object> settings(String prediction, String spacing) {
        Map<String, Object> settings = StableDiffusion.settings();
        settings.put("clip_sample", false);
        settings.put("set_alpha_to_one", false);
        settings.put("steps_offset", 1);
        settings.put("skip_prk_steps", true);
        settings.put("prediction_type", prediction);
        settings.put("timestep_spacing", spacing);
        return settings;
    }

    private static final class Run {
        private final Scheduler scheduler;
        private final TorchNoise noise;
        private final SolverHistory history = new SolverHistory();
        private float[] sample;
        private int index;

        Run(Scheduler scheduler, long seed) {
            this.scheduler = scheduler;
            this.noise = new TorchNoise(seed);
            this.sample = noise.randn(SIZE);
            for (int i = 0; i < SIZE; i++) {
                sample[i] *= scheduler.initNoiseSigma();
            }
        }

        void step() {
            float[] output = scheduler.scaleModelInput(index, sample).clone();
            float t = scheduler.timestep(index);
            for (int i = 0; i < SIZE; i++) {
                output[i] = output[i] * t / (t + 1) + 0.1f * (float) Math.sin(i + index);
            }
            step(output);
        }

        void step(float[] output) {
            sample = scheduler.step(index++, output, sample, history, noise);
        }

        void toEnd() {
            while (index < scheduler.steps()) {
                step();
            }
        }

        boolean isFinite() {
            return Double.isFinite(ScheduleVectors.absoluteSum(sample));
        }
    }
}
