package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole runs against diffusers, driven by a stand-in for the UNet: the sample times t / (t + 1). */
class TrajectoryTest {
    private static final double TOLERANCE = 1e-5;
    /** For beta sigmas two versions of torch and scipy differ by more among themselves. */
    private static final double LOOSE_TOLERANCE = 1e-4;
    /** A step from the very first timestep to the end in one, and Brownian motion, make much of the last bits. */
    private static final double AMPLIFIED_TOLERANCE = 1e-3;

    static Stream<Arguments> runs() {
        List<Arguments> runs = new ArrayList<>();
        for (JsonNode run : ScheduleVectors.cases("trajectories.json.gz")) {
            String name = run.get("name").textValue() + ", "
                    + run.get("num_inference_steps").intValue() + " steps, "
                    + run.get("config").get("prediction_type").textValue();
            runs.add(Arguments.of(name, run));
        }
        return runs.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void aRunEndsWhereDiffusersEnds(String name, JsonNode expected) {
        Map<String, Object> settings = ScheduleVectors.settings(expected.get("config"));
        // The step function of TCD has a default of its own.
        double defaultEta = expected.get("scheduler").textValue().equals("TCDScheduler") ? 0.3 : 0;
        double eta = expected.get("step_kwargs").path("eta").asDouble(defaultEta);
        Scheduler scheduler = ScheduleVectors.create(
                expected.get("scheduler").textValue(),
                settings,
                expected.get("num_inference_steps").intValue(),
                eta);

        float[] timesteps = ScheduleVectors.floats(expected.get("timesteps"));
        assertThat(scheduler.steps()).isEqualTo(timesteps.length);
        assertThat(scheduler.initNoiseSigma())
                .isCloseTo(expected.get("init_noise_sigma").floatValue(), within(4096 * 1e-6f));
        TorchNoise noise = new TorchNoise(0);
        float[] sample = noise.randn(256);
        for (int i = 0; i < sample.length; i++) {
            sample[i] *= scheduler.initNoiseSigma();
        }
        double tolerance = tolerance(name);
        SolverHistory history = new SolverHistory();
        for (int index = 0; index < timesteps.length; index++) {
            float t = scheduler.timestep(index);
            assertThat(t).isCloseTo(timesteps[index], within(1e-6f * 1000));
            float[] output = scheduler.scaleModelInput(index, sample).clone();
            for (int i = 0; i < output.length; i++) {
                output[i] = output[i] * t / (t + 1);
            }
            sample = scheduler.step(index, output, sample, history, noise);
            JsonNode trace = expected.get("trace_abs_sum_and_x0").get(index);
            double sum = trace.get(0).doubleValue();
            assertThat(ScheduleVectors.absoluteSum(sample)).isCloseTo(sum, within(sum * tolerance));
            assertThat((double) sample[0]).isCloseTo(trace.get(1).doubleValue(), within(sum / 256 * tolerance));
        }
        float[] end = ScheduleVectors.decoded(expected.get("final_f32le_b64").textValue());
        double error = ScheduleVectors.relativeError(sample, end);
        assertThat(error).isLessThan(tolerance);
        assertThat(noise.draws() - 1).isEqualTo(expected.get("randn_calls").intValue());
    }

    private static double tolerance(String name) {
        if (name.startsWith("DPM++ SDE") || name.contains("trailing, 1 steps") || name.startsWith("LCM, 1 steps")) {
            return AMPLIFIED_TOLERANCE;
        }
        return name.contains("beta") ? LOOSE_TOLERANCE : TOLERANCE;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("runs")
    void theSigmasAreDiffusers(String name, JsonNode expected) {
        Scheduler scheduler = ScheduleVectors.create(
                expected.get("scheduler").textValue(),
                ScheduleVectors.settings(expected.get("config")),
                expected.get("num_inference_steps").intValue(),
                0);
        SigmaAssertions.assertSigmas(scheduler, expected.path("sigmas"));
    }

    @Test
    void allRunsAreThere() {
        assertThat(runs()).hasSize(102);
    }
}
