package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Noise that is drawn before the step that adds it is the noise that the step would draw. */
class DrawAheadTest {
    private static final int SIZE = 4 * 8 * 8;
    private static final int STEPS = 6;
    private static final int FIRST = 4;
    private static final Map<String, Object> SETTINGS = StableDiffusion.settings(Map.of("skip_prk_steps", true));

    static Stream<String> names() {
        return Schedulers.names().stream();
    }

    /** A run of one picture, of which some steps' noise is drawn ahead. */
    private static final class Run {
        private final Scheduler scheduler;
        private final SolverHistory history = new SolverHistory();
        private final TorchNoise noise = new TorchNoise(7);
        private final float[] output = new TorchCpuNoise(2).randn(SIZE);
        private final List<float[]> samples = new ArrayList<>();
        private float[] sample = noise.randn(SIZE);
        private int index;

        Run(Scheduler scheduler) {
            this.scheduler = scheduler;
        }

        Optional<Runnable> ahead() {
            return scheduler.drawAhead(index, SIZE, history, noise);
        }

        /** The seeds that the step draws with. */
        List<Long> step() {
            noise.seeds().clear();
            sample = scheduler.step(index, output, sample, history, noise);
            samples.add(sample);
            index++;
            return List.copyOf(noise.seeds());
        }

        boolean isOver() {
            return index == scheduler.steps();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingElseComesOfTheSteps(String name) {
        Scheduler whole = Schedulers.create(name, SETTINGS, STEPS);
        for (Scheduler scheduler : List.of(whole, whole.from(FIRST))) {
            Run plain = new Run(scheduler);
            Run always = new Run(scheduler);
            Run sometimes = new Run(scheduler);
            while (!plain.isOver()) {
                plain.step();
                always.ahead().ifPresent(Runnable::run);
                assertThat(always.step()).as("what is left to draw").isEmpty();
                if (sometimes.index % 3 == 0) {
                    sometimes.ahead().ifPresent(Runnable::run);
                }
                sometimes.step();
            }
            assertThat(always.samples).containsExactly(plain.samples.toArray(new float[0][]));
            assertThat(sometimes.samples).containsExactly(plain.samples.toArray(new float[0][]));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpmpp_sde", "dpmpp_sde_karras"})
    void brownianMotionIsDrawnAheadOfAllStepsButTheLast(String name) {
        Scheduler whole = Schedulers.create(name, SETTINGS, STEPS);
        for (Scheduler scheduler : List.of(whole, whole.from(FIRST))) {
            Run run = new Run(scheduler);
            while (run.index < scheduler.steps() - 1) {
                run.ahead().orElseThrow().run();
                if (run.index < scheduler.steps() - 2) { // the last stretch ends where the motion does
                    assertThat(run.noise.seeds()).isNotEmpty();
                }
                assertThat(run.step()).isEmpty();
            }
            assertThat(run.ahead()).as("a step to zero").isEmpty();
        }
    }

    /** Each of the 37 times within the motion has a way of its own through the tree; such ways share their beginnings. */
    @ParameterizedTest
    @ValueSource(strings = {"dpmpp_sde", "dpmpp_sde_karras", "dpmpp_sde_exponential", "dpmpp_sde_beta"})
    void noHalfIsDrawnTwiceInARun(String name) {
        Run run = new Run(Schedulers.create(name, SETTINGS, 20));
        List<Long> drawn = new ArrayList<>();
        while (!run.isOver()) {
            drawn.addAll(run.step());
        }
        System.out.printf("%s: %.1f draws a call%n", name, (double) drawn.size() / run.scheduler.steps());
        assertThat(drawn).hasSizeGreaterThan(37 * 10).doesNotHaveDuplicates();
    }

    @Test
    void aSeedOfTheConfigurationIsTheMotions() {
        Map<String, Object> settings = new HashMap<>(SETTINGS);
        settings.put("noise_sampler_seed", 3);
        Run run = new Run(Schedulers.create("dpmpp_sde", settings, STEPS));
        Run other = new Run(Schedulers.create("dpmpp_sde", SETTINGS, STEPS));
        run.ahead().orElseThrow().run();
        other.ahead().orElseThrow().run();
        assertThat(run.noise.seeds())
                .hasSameSizeAs(other.noise.seeds())
                .doesNotContainAnyElementsOf(other.noise.seeds());
        assertThat(run.step()).isEmpty();
    }
}
