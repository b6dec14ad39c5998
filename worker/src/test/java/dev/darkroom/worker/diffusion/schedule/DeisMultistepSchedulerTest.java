package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeisMultistepSchedulerTest {
    private static final int SIZE = 8;

    /** Below 15 steps, as in diffusers. */
    @ParameterizedTest
    @CsvSource({"2,14,true", "3,14,true", "2,15,false", "3,15,false", "1,14,false"})
    void onlyAShortRunEndsInLowerOrder(int order, int steps, boolean lower) {
        boolean differs = !Arrays.equals(end(order, steps, true), end(order, steps, false));
        assertThat(differs).isEqualTo(lower);
    }

    private static float[] end(int order, int steps, boolean lowerOrderFinal) {
        Map<String, Object> settings =
                StableDiffusion.settings(Map.of("solver_order", order, "lower_order_final", lowerOrderFinal));
        Scheduler scheduler = Schedulers.create("deis", settings, steps);
        float[] sample = new TorchCpuNoise(1).randn(SIZE);
        SolverHistory history = new SolverHistory();
        for (int index = 0; index < steps; index++) {
            float[] output = sample.clone();
            for (int i = 0; i < SIZE; i++) {
                output[i] *= scheduler.timestep(index) / 1000;
            }
            sample = scheduler.step(index, output, sample, history, new TorchNoise(2));
        }
        return sample;
    }
}
