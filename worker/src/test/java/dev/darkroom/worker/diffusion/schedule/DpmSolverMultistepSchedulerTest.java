package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single steps against the formulas of the paper, written out in double precision. */
class DpmSolverMultistepSchedulerTest {
    private static final int SIZE = 64;
    private static final int STEPS = 20;

    @ParameterizedTest
    @CsvSource({
        "dpmsolver++,midpoint,1",
        "dpmsolver++,midpoint,2",
        "dpmsolver++,heun,2",
        "dpmsolver++,midpoint,3",
        "sde-dpmsolver++,midpoint,1",
        "sde-dpmsolver++,midpoint,2",
        "sde-dpmsolver++,heun,2",
        "sde-dpmsolver++,midpoint,3"
    })
    void aStepIsTheFormulaOfThePaper(String algorithm, String solver, int order) {
        DpmSolverMultistepScheduler scheduler =
                scheduler(Map.of("algorithm_type", algorithm, "solver_type", solver, "solver_order", order));
        SolverHistory history = new SolverHistory();
        TorchCpuNoise random = new TorchCpuNoise(99);
        float[][] outputs = new float[4][];
        float[] sample = random.randn(SIZE);
        float[] noise = new float[SIZE];
        float[] next = sample;
        for (int i = 0; i < 4; i++) {
            outputs[i] = random.randn(SIZE);
            noise = new TorchCpuNoise(i).randn(SIZE);
            NoiseSource stepNoise = new TorchNoise(i);
            next = scheduler.step(i, outputs[i], sample, history, stepNoise);
        }
        Point point = new Point(scheduler, 3, algorithm.startsWith("sde"));
        for (int i = 0; i < SIZE; i++) {
            double expected = point.step(
                    order, solver.equals("heun"), sample[i], outputs[3][i], outputs[2][i], outputs[1][i], noise[i]);
            assertThat((double) next[i]).isCloseTo(expected, within(1e-5));
        }
    }

    /** The step from one place of the list of sigmas to the next, in the paper's symbols. */
    private static final class Point {
        private final double sigmaT;
        private final double sigmaS;
        private final double alphaT;
        private final double h;
        private final double h0;
        private final double h1;
        private final boolean sde;

        Point(DpmSolverMultistepScheduler scheduler, int index, boolean sde) {
            this.sde = sde;
            this.alphaT = alpha(scheduler.sigma(index + 1));
            this.sigmaT = scheduler.sigma(index + 1) * alphaT;
            this.sigmaS = scheduler.sigma(index) * alpha(scheduler.sigma(index));
            this.h = lambda(scheduler, index + 1) - lambda(scheduler, index);
            this.h0 = lambda(scheduler, index) - lambda(scheduler, index - 1);
            this.h1 = lambda(scheduler, index - 1) - lambda(scheduler, index - 2);
        }

        private static double alpha(double sigma) {
            return 1 / Math.sqrt(sigma * sigma + 1);
        }

        private static double lambda(DpmSolverMultistepScheduler scheduler, int place) {
            double alpha = alpha(scheduler.sigma(place));
            return Math.log(alpha) - Math.log(scheduler.sigma(place) * alpha);
        }

        double step(int order, boolean heun, double x, double m0, double m1, double m2, double noise) {
            double d1 = (m0 - m1) / (h0 / h);
            double e = Math.exp(-h);
            double e2 = Math.exp(-2 * h);
            if (sde) {
                double next = sigmaT / sigmaS * e * x + alphaT * (1 - e2) * m0 + sigmaT * Math.sqrt(1 - e2) * noise;
                double slope = heun ? (1 - e2) / (-2 * h) + 1 : 0.5 * (1 - e2);
                return switch (order) {
                    case 1 -> next;
                    case 2 -> next + alphaT * slope * d1;
                    default -> next + thirdWithNoise(d1, (m1 - m2) / (h1 / h));
                };
            }
            double next = sigmaT / sigmaS * x - alphaT * (e - 1) * m0;
            if (order == 1) {
                return next;
            }
            if (order == 2) {
                return next + alphaT * (heun ? (e - 1) / h + 1 : -0.5 * (e - 1)) * d1;
            }
            double r0 = h0 / h;
            double r1 = h1 / h;
            double d11 = (m1 - m2) / r1;
            double first = d1 + r0 / (r0 + r1) * (d1 - d11);
            double second = (d1 - d11) / (r0 + r1);
            return next + alphaT * ((e - 1) / h + 1) * first - alphaT * ((e - 1 + h) / (h * h) - 0.5) * second;
        }

        /** What diffusers adds of the slopes, the newer first; the paper has no such step. */
        private double thirdWithNoise(double d10, double d11) {
            double h2 = 2 * h;
            double covered = 1 - Math.exp(-h2);
            double share = h0 / (h0 + h1);
            double first = d10 + share * (d10 - d11);
            double second = (d10 - d11) * h / (h0 + h1);
            return alphaT * (1 - covered / h2) * first + alphaT * ((covered - h2) / (h2 * h2) - 0.5) * second;
        }
    }

    @Test
    void onlyAShortRunEndsInLowerOrder() {
        Map<String, Object> ending = Map.of("final_sigmas_type", "sigma_min");
        assertThat(lastStepUsesHistory(20, ending)).isTrue();
        assertThat(lastStepUsesHistory(14, ending)).isFalse();
        assertThat(lastStepUsesHistory(15, ending)).isTrue();
        assertThat(lastStepUsesHistory(14, Map.of("final_sigmas_type", "sigma_min", "lower_order_final", false)))
                .isTrue();
        assertThat(lastStepUsesHistory(20, Map.of("final_sigmas_type", "sigma_min", "euler_at_final", true)))
                .isFalse();
        assertThat(lastStepUsesHistory(20, Map.of())).isFalse();
    }

    private static boolean lastStepUsesHistory(int steps, Map<String, Object> more) {
        DpmSolverMultistepScheduler scheduler = scheduler(more, steps);
        float[] sample = new TorchCpuNoise(1).randn(SIZE);
        float[] output = new TorchCpuNoise(2).randn(SIZE);
        SolverHistory withPast = new SolverHistory();
        scheduler.step(steps - 2, new TorchCpuNoise(3).randn(SIZE), sample, withPast, new TorchNoise(0));
        float[] first = scheduler.step(steps - 1, output, sample, withPast, new TorchNoise(0));
        float[] second = scheduler.step(steps - 1, output, sample, new SolverHistory(), new TorchNoise(0));
        return !Arrays.equals(first, second);
    }

    @Test
    void timestepsWithTooLittleSignalAreLeftOut() {
        DpmSolverMultistepScheduler scheduler = scheduler(Map.of(
                "beta_schedule", "squaredcos_cap_v2", "lambda_min_clipped", -5.1, "timestep_spacing", "linspace"));
        assertThat(-Math.log(scheduler.sigma(0))).isGreaterThanOrEqualTo(-5.1);
        assertThat(scheduler.timestep(0)).isBetween(980f, 998f);
        assertThat(scheduler(Map.of("lambda_min_clipped", "-Infinity")).timestep(0))
                .isEqualTo(999f);
    }

    @Test
    void sigmasCanBeBounded() {
        DpmSolverMultistepScheduler scheduler =
                scheduler(Map.of("use_karras_sigmas", true, "sigma_min", 0.1, "sigma_max", 10));
        assertThat(scheduler.sigma(0)).isCloseTo(10f, within(1e-5f));
        assertThat(scheduler.sigma(STEPS - 1)).isCloseTo(0.1f, within(1e-7f));
    }

    @Test
    void aHistoryBelongsToOneSizeOfPicture() {
        DpmSolverMultistepScheduler scheduler = scheduler(Map.of());
        SolverHistory history = new SolverHistory();
        scheduler.step(0, new float[8], new float[8], history, new TorchNoise(0));
        scheduler.step(1, new float[8], new float[8], history, new TorchNoise(0));
        assertThatThrownBy(() -> scheduler.step(2, new float[16], new float[16], history, new TorchNoise(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 values, not 16");
    }

    private static DpmSolverMultistepScheduler scheduler(Map<String, Object> more) {
        return scheduler(more, STEPS);
    }

    private static DpmSolverMultistepScheduler scheduler(Map<String, Object> more, int steps) {
        Map<String, Object> settings = StableDiffusion.settings(Map.of("prediction_type", "sample"));
        settings.putAll(more);
        return new DpmSolverMultistepScheduler(
                SchedulerConfig.of(SchedulerClass.DPM_SOLVER_MULTISTEP, settings), steps);
    }
}
