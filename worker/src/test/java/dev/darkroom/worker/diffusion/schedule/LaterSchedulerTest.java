package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that begin half developed: the rest of a schedule, and how much noise belongs to each of its calls. */
class LaterSchedulerTest {
    private static final int SIZE = 16;
    private static final Map<String, Object> SETTINGS = StableDiffusion.settings(Map.of("skip_prk_steps", true));

    private final float[] picture = new TorchCpuNoise(1).randn(SIZE);
    private final float[] noise = new TorchCpuNoise(2).randn(SIZE);

    static Stream<String> names() {
        return Schedulers.names().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void theRestIsTheWholeFromThereOn(String name) {
        Scheduler whole = Schedulers.create(name, SETTINGS, 6);
        Scheduler rest = whole.from(2);
        assertThat(rest.steps()).isEqualTo(whole.steps() - 2);
        assertThat(rest.order()).isEqualTo(whole.order());
        assertThat(rest.initNoiseSigma()).isEqualTo(whole.initNoiseSigma());
        SolverHistory history = new SolverHistory();
        SolverHistory ofRest = new SolverHistory();
        for (int index = 0; index < rest.steps(); index++) {
            assertThat(rest.timestep(index)).isEqualTo(whole.timestep(index + 2));
            assertThat(rest.scaleModelInput(index, picture)).isEqualTo(whole.scaleModelInput(index + 2, picture));
            assertThat(rest.addNoise(index, picture, noise)).isEqualTo(whole.addNoise(index + 2, picture, noise));
            assertThat(rest.step(index, noise, picture, ofRest, new TorchNoise(3)))
                    .isEqualTo(whole.step(index + 2, noise, picture, history, new TorchNoise(3)));
        }
        assertThat(rest.from(1).timestep(0)).isEqualTo(whole.timestep(3));
        assertThat(whole.from(0)).isSameAs(whole);
    }

    @Test
    void aCallThatThereIsNotIsRefused() {
        Scheduler whole = Schedulers.create("euler", SETTINGS, 6);
        Scheduler rest = whole.from(2);
        for (int index : new int[] {-1, 4}) {
            assertThatThrownBy(() -> rest.timestep(index)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> rest.addNoise(index, picture, noise))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(whole.from(5).steps()).isEqualTo(1);
        for (int first : new int[] {-1, 6}) {
            assertThatThrownBy(() -> whole.from(first)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** As the UNet sees it, a picture with noise has as much of either as it was trained with at that timestep. */
    @ParameterizedTest
    @ValueSource(
            strings = {"ddim", "ddpm", "pndm", "euler", "euler_a", "lms", "dpmpp_2m", "dpmpp_2s", "deis", "unipc", "lcm"
            })
    void noiseIsAddedAsInTraining(String name) {
        Scheduler scheduler = Schedulers.create(name, SETTINGS, 10);
        for (int index = 0; index < scheduler.steps(); index++) {
            double signal = Math.sqrt(alpha(scheduler.timestep(index)));
            double deviation = Math.sqrt(1 - signal * signal);
            float[] seen = scheduler.scaleModelInput(index, scheduler.addNoise(index, picture, noise));
            for (int i = 0; i < SIZE; i++) {
                assertThat((double) seen[i])
                        .as("%s, call %d", name, index)
                        .isCloseTo(signal * picture[i] + deviation * noise[i], within(2e-3));
            }
        }
    }

    /** Before the second call of a step as much as where the step ends. */
    @ParameterizedTest
    @ValueSource(strings = {"heun", "kdpm2", "kdpm2_a", "dpmpp_sde"})
    void aStepOfTwoCallsEndsWithTheNextStepsNoise(String name) {
        Scheduler scheduler = Schedulers.create(name, SETTINGS, 10);
        Scheduler euler = Schedulers.create("euler", SETTINGS, 10);
        assertThat(scheduler.order()).isEqualTo(2);
        assertThat(euler.order()).isEqualTo(1);
        for (int call = 0; call < scheduler.steps(); call++) {
            float[] expected = euler.addNoise((call + 1) / 2, picture, noise);
            float[] added = scheduler.addNoise(call, picture, noise);
            for (int i = 0; i < SIZE; i++) {
                assertThat(added[i]).as("%s, call %d", name, call).isCloseTo(expected[i], within(1e-3f));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void pictureAndNoiseMustBeOfOneSize(String name) {
        Scheduler scheduler = Schedulers.create(name, SETTINGS, 4);
        assertThatThrownBy(() -> scheduler.addNoise(0, picture, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A picture of 16 values got noise of 3");
        for (int index : List.of(-1, scheduler.steps())) {
            assertThatThrownBy(() -> scheduler.addNoise(index, picture, noise))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** What is left of the picture's variance at a timestep between whole ones. */
    private static double alpha(float timestep) {
        int low = (int) timestep;
        double sigma = sigma(low) + (timestep - low) * (sigma(low + 1) - sigma(low));
        return 1 / (1 + sigma * sigma);
    }

    private static double sigma(int timestep) {
        double product = 1;
        for (int t = 0; t <= timestep; t++) {
            double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * t / 999;
            product *= 1 - root * root;
        }
        return Math.sqrt((1 - product) / product);
    }
}
