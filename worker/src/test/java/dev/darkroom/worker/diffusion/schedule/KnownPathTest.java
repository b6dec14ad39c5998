package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs on pictures whose values are normal with a standard deviation of {@value #SPREAD}. Of these it is known what a
 * perfect UNet says, and where the probability flow ends: at the noise that it began with, times a constant. So an
 * error of a formula shows, in whatever order of the solver, without a reference.
 */
class KnownPathTest {
    private static final double SPREAD = 0.5;
    private static final int SIZE = 4 * 32 * 32;

    @ParameterizedTest
    @CsvSource({
        "ddim,100,{},3e-2",
        "pndm,100,{},1e-2",
        "pndm,100,{skip_prk_steps=false},1e-2",
        "euler,100,{},4e-2",
        "euler_karras,100,{},2.5e-2",
        "heun_karras,40,{},2.5e-3",
        "kdpm2_karras,40,{},5e-4",
        "lms_karras,40,{},1e-3",
        "dpmpp_2m_karras,40,{},2.5e-3",
        "dpmpp_2m_karras,40,{solver_type=heun},5e-3",
        "dpmpp_3m_karras,40,{},2e-3",
        "dpmpp_2s_karras,40,{},1.2e-2",
        "dpmpp_2s_karras,40,{solver_type=heun},6e-3",
        "dpmpp_3s_karras,39,{},3e-3",
        "dpmpp_3s_karras,40,{solver_type=heun},2.5e-3",
        "dpmpp_3s_karras,41,{solver_type=heun},2.5e-3",
        "deis_karras,40,{},3e-3",
        "deis_karras,40,{solver_order=1},6e-2",
        "deis_karras,40,{solver_order=3},4e-4",
        "unipc_karras,40,{},1.5e-3",
        "unipc_karras,40,{solver_order=1},1e-2",
        "unipc_karras,40,{solver_order=3},2.5e-3",
        "unipc_karras,40,{solver_type=bh1},8e-4",
        "unipc_karras,40,{solver_type=bh1;solver_order=3},2.5e-3",
        "unipc_karras,40,{disable_corrector=0},1.5e-3"
    })
    void theFlowEndsWhereItMust(String name, int steps, String more, double tolerance) {
        for (String prediction : List.of("epsilon", "v_prediction", "sample")) {
            Run run = new Run(name, steps, settings(prediction, more), 0);
            assertThat(run.error()).as("%s, %s", prediction, name).isLessThan(tolerance);
        }
    }

    /** Down to the same least noise, so that nothing but the order of the solver counts. */
    @ParameterizedTest
    @CsvSource({
        "euler_karras,{},1.95",
        "deis_karras,{solver_order=1},1.95",
        "dpmpp_2m_karras,{},3.5",
        "dpmpp_2m_karras,{solver_type=heun},3.5",
        "dpmpp_3m_karras,{},3.5",
        "dpmpp_2s_karras,{},3.5",
        "dpmpp_3s_karras,{},6",
        "dpmpp_3s_karras,{solver_type=heun},7",
        "deis_karras,{},3.5",
        "deis_karras,{solver_order=3},8",
        "unipc_karras,{},7",
        "unipc_karras,{solver_order=3},3",
        "unipc_karras,{solver_order=3;solver_type=bh1},3"
    })
    void twiceAsManyStepsAreAsMuchBetterAsTheOrderSays(String name, String more, double better) {
        Map<String, Object> settings = settings("epsilon", "{final_sigmas_type=sigma_min;" + more.substring(1));
        double coarse = new Run(name, 100, settings, 0).error();
        double fine = new Run(name, 200, settings, 0).error();
        assertThat(coarse / fine).isGreaterThan(better);
    }

    /** With fresh noise the end is another picture each time, but of the same spread. */
    @ParameterizedTest
    @CsvSource({
        "ddim,200,1",
        "ddpm,200,0",
        "euler_a,200,0",
        "kdpm2_a_karras,100,0",
        "dpmpp_2m_sde_karras,100,0",
        "dpmpp_3m_sde_karras,100,0",
        "dpmpp_sde_karras,100,0"
    })
    void picturesMadeWithFreshNoiseHaveTheSameSpread(String name, int steps, double eta) {
        for (String prediction : List.of("epsilon", "v_prediction", "sample")) {
            Run run = new Run(name, steps, settings(prediction, "{}"), eta);
            assertThat(run.spread()).as("%s, %s", prediction, name).isBetween(0.95 * SPREAD, 1.05 * SPREAD);
            assertThat(run.error()).as("it is not the flow's picture").isGreaterThan(0.3);
        }
    }

    @Test
    void theVarianceOfDdpmCanBeChosen() {
        double small = new Run("ddpm", 50, settings("epsilon", "{variance_type=fixed_small}"), 0).spread();
        double log = new Run("ddpm", 50, settings("epsilon", "{variance_type=fixed_small_log}"), 0).spread();
        double large = new Run("ddpm", 50, settings("epsilon", "{variance_type=fixed_large}"), 0).spread();
        assertThat(log).isBetween(small * 0.9999, small * 1.0001);
        assertThat(large).isGreaterThan(small * 1.05);
    }

    private static Map<String, Object> settings(String prediction, String more) {
        Map<String, Object> settings = StableDiffusion.settings(Map.of(
                "clip_sample",
                false,
                "skip_prk_steps",
                true,
                "timestep_spacing",
                "linspace",
                "prediction_type",
                prediction));
        for (String setting : more.replaceAll("[{}]", "").split(";", -1)) {
            if (!setting.isEmpty()) {
                String[] parts = setting.split("=", 2);
                settings.put(parts[0], value(parts[0], parts[1]));
            }
        }
        return settings;
    }

    private static Object value(String key, String text) {
        return switch (key) {
            case "solver_order" -> Integer.valueOf(text);
            case "skip_prk_steps" -> Boolean.valueOf(text);
            case "disable_corrector" -> List.of(Integer.valueOf(text));
            default -> text;
        };
    }

    private static final class Run {
        private final Scheduler scheduler;
        private final String prediction;
        private final float[] begin;
        private final float[] end;

        Run(String name, int steps, Map<String, Object> settings, double eta) {
            this.scheduler = Schedulers.create(name, settings, steps, eta);
            this.prediction = (String) settings.get("prediction_type");
            TorchNoise noise = new TorchNoise(5);
            this.begin = noise.randn(SIZE);
            float[] sample = begin.clone();
            double sigma = noiseLevel(scheduler.timestep(0));
            // The first sample has the spread of the picture in it, which a model's first sample has not.
            double spread = Math.sqrt(SPREAD * SPREAD + sigma * sigma);
            double scale = scheduler instanceof SigmaScheduler ? spread : spread / Math.sqrt(1 + sigma * sigma);
            for (int i = 0; i < SIZE; i++) {
                sample[i] = (float) (sample[i] * scale);
            }
            SolverHistory history = new SolverHistory();
            for (int index = 0; index < scheduler.steps(); index++) {
                float[] output = unet(scheduler.scaleModelInput(index, sample), level(index));
                sample = scheduler.step(index, output, sample, history, noise);
            }
            this.end = sample;
        }

        /** The sigma of a call; for solvers whose UNet is told a rounded timestep, the one that they mean. */
        private double level(int index) {
            if (scheduler instanceof SolverScheduler solver) {
                return solver.sigma(index);
            }
            if (scheduler instanceof SigmaScheduler over) {
                return over.inputSigma(index);
            }
            return noiseLevel(scheduler.timestep(index));
        }

        private static double noiseLevel(float timestep) {
            double product = 1;
            for (int t = 0; t <= Math.round(timestep); t++) {
                double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * t / 999;
                product *= 1 - root * root;
            }
            return Math.sqrt((1 - product) / product);
        }

        /** What a perfect UNet says of a sample of unit variance. */
        private float[] unet(float[] input, double sigma) {
            double signal = 1 / Math.sqrt(1 + sigma * sigma);
            double original = SPREAD * SPREAD / (SPREAD * SPREAD + sigma * sigma) / signal;
            double epsilon = (1 - signal * original) / (sigma * signal);
            double weight = switch (prediction) {
                case "epsilon" -> epsilon;
                case "v_prediction" -> signal * epsilon - sigma * signal * original;
                default -> original;
            };
            float[] output = new float[SIZE];
            for (int i = 0; i < SIZE; i++) {
                output[i] = (float) (weight * input[i]);
            }
            return output;
        }

        /** The spread of pictures that have as much noise as is left at the end. */
        private double endSpread() {
            double sigma = 0;
            if (scheduler instanceof SolverScheduler solver) {
                sigma = solver.sigma(solver.steps());
            } else if (scheduler instanceof SigmaScheduler over) {
                sigma = over.sigma(over.schedule.steps());
            } else if (scheduler instanceof PndmScheduler) {
                sigma = noiseLevel(0);
            }
            double spread = Math.sqrt(SPREAD * SPREAD + sigma * sigma);
            return scheduler instanceof SigmaScheduler ? spread : spread / Math.sqrt(1 + sigma * sigma);
        }

        /** How far the end is from where the flow leads, in units of the spread. */
        double error() {
            double squares = 0;
            double spread = endSpread();
            for (int i = 0; i < SIZE; i++) {
                double difference = end[i] / spread - begin[i];
                squares += difference * difference;
            }
            return Math.sqrt(squares / SIZE);
        }

        double spread() {
            double squares = 0;
            for (float value : end) {
                squares += (double) value * value;
            }
            return Math.sqrt(squares / SIZE);
        }
    }
}
