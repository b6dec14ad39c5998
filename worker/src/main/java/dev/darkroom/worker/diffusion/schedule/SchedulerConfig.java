package dev.darkroom.worker.diffusion.schedule;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a {@code scheduler_config.json} says, typed, with the defaults of its diffusers class filled in. Names and
 * meanings are those of diffusers; a scheduler reads the settings that its class knows and no others.
 *
 * @param trainedBetas the betas themselves; empty where they follow from {@code betaSchedule}
 * @param sigmaMin lower end of Karras, exponential and beta sigmas; absent: that of the training schedule
 * @param sigmaMax upper end, likewise
 * @param lambdaMinClipped half the logarithm of the signal-to-noise ratio below which no step is made
 */
public record SchedulerConfig(
        SchedulerClass schedulerClass,
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        List<Double> trainedBetas,
        boolean rescaleBetasZeroSnr,
        PredictionType predictionType,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean setAlphaToOne,
        boolean clipSample,
        double clipSampleRange,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double sampleMaxValue,
        SigmaSpacing sigmaSpacing,
        OptionalDouble sigmaMin,
        OptionalDouble sigmaMax,
        FinalSigmasType finalSigmasType,
        AlgorithmType algorithmType,
        SolverType solverType,
        int solverOrder,
        boolean lowerOrderFinal,
        boolean eulerAtFinal,
        double lambdaMinClipped) {

    /** How the betas grow from the first to the last. */
    public enum BetaSchedule {
        LINEAR,
        SCALED_LINEAR,
        SQUAREDCOS_CAP_V2
    }

    /** What the UNet predicts. */
    public enum PredictionType {
        EPSILON,
        V_PREDICTION,
        SAMPLE
    }

    /** Where the steps lie among the training timesteps. */
    public enum TimestepSpacing {
        LEADING,
        TRAILING,
        LINSPACE
    }

    /** Where the sigmas lie: at the timesteps, or spaced by a rule of their own that the timesteps then follow. */
    public enum SigmaSpacing {
        TIMESTEPS,
        KARRAS,
        EXPONENTIAL,
        BETA,
        LU
    }

    /** The sigma after the last step. */
    public enum FinalSigmasType {
        ZERO,
        SIGMA_MIN
    }

    /** The differential equation that DPM-Solver solves: without noise or with. */
    public enum AlgorithmType {
        DPMSOLVER_PLUS_PLUS,
        SDE_DPMSOLVER_PLUS_PLUS
    }

    /** The form of DPM-Solver's second order. */
    public enum SolverType {
        MIDPOINT,
        HEUN
    }

    private static final int MOST_TIMESTEPS = 100_000;

    public SchedulerConfig {
        trainedBetas = List.copyOf(trainedBetas);
        check(numTrainTimesteps >= 1 && numTrainTimesteps <= MOST_TIMESTEPS, "num_train_timesteps", numTrainTimesteps);
        check(betaStart > 0 && betaStart < 1, "beta_start", betaStart);
        check(betaEnd > 0 && betaEnd < 1, "beta_end", betaEnd);
        check(trainedBetas.isEmpty() || trainedBetas.size() == numTrainTimesteps, "trained_betas", trainedBetas.size());
        for (double beta : trainedBetas) {
            check(beta > 0 && beta < 1, "trained_betas", beta);
        }
        check(stepsOffset >= 0 && stepsOffset < numTrainTimesteps, "steps_offset", stepsOffset);
        check(clipSampleRange > 0, "clip_sample_range", clipSampleRange);
        check(
                dynamicThresholdingRatio > 0 && dynamicThresholdingRatio <= 1,
                "dynamic_thresholding_ratio",
                dynamicThresholdingRatio);
        check(sampleMaxValue >= 1, "sample_max_value", sampleMaxValue);
        check(sigmaMin.isEmpty() || sigmaMin.getAsDouble() > 0, "sigma_min", sigmaMin);
        check(
                sigmaMax.isEmpty() || (sigmaMax.getAsDouble() > sigmaMin.orElse(0) && sigmaMax.getAsDouble() < 1e6),
                "sigma_max",
                sigmaMax);
        check(solverOrder >= 1 && solverOrder <= 3, "solver_order", solverOrder);
        check(!Double.isNaN(lambdaMinClipped), "lambda_min_clipped", lambdaMinClipped);
    }

    private static void check(boolean holds, String key, Object value) {
        if (!holds) {
            throw new UnsupportedSchedulerException(
                    "The scheduler setting " + key + " is out of range: " + value.toString());
        }
    }

    /**
     * A checkpoint's own configuration.
     *
     * @param schedulerConfigJson strings, numbers, booleans, lists of numbers
     * @throws UnsupportedSchedulerException when its class or a setting is not supported, or a value makes no sense
     */
    public static SchedulerConfig of(Map<String, Object> schedulerConfigJson) {
        return of(SchedulerClass.of(schedulerConfigJson), schedulerConfigJson);
    }

    /**
     * The configuration that another class takes from a checkpoint, as {@code from_config} does: what the file says
     * carries over, what it leaves out becomes this class's own default.
     *
     * @throws UnsupportedSchedulerException when a setting is not supported or a value makes no sense
     */
    public static SchedulerConfig of(SchedulerClass schedulerClass, Map<String, Object> schedulerConfigJson) {
        Settings settings = new Settings(schedulerConfigJson);
        if (schedulerClass == SchedulerClass.EULER_DISCRETE) {
            settings.require("timestep_type", "discrete");
            settings.require("interpolation_type", "linear");
        }
        boolean dpm = schedulerClass == SchedulerClass.DPM_SOLVER_MULTISTEP;
        if (dpm) {
            settings.refuse("use_flow_sigmas");
            settings.refuse("use_dynamic_shifting");
            refuseLearnedVariance(settings);
        }
        return new SchedulerConfig(
                schedulerClass,
                settings.integer("num_train_timesteps", 1000),
                settings.number("beta_start", 0.0001),
                settings.number("beta_end", 0.02),
                settings.choice("beta_schedule", BetaSchedule.LINEAR),
                settings.numbers("trained_betas"),
                settings.flag("rescale_betas_zero_snr", false),
                settings.choice("prediction_type", PredictionType.EPSILON),
                settings.choice("timestep_spacing", schedulerClass.defaultSpacing()),
                settings.integer("steps_offset", 0),
                settings.flag("set_alpha_to_one", true),
                settings.flag("clip_sample", true),
                settings.number("clip_sample_range", 1.0),
                settings.flag("thresholding", false),
                settings.number("dynamic_thresholding_ratio", 0.995),
                settings.number("sample_max_value", 1.0),
                sigmaSpacing(schedulerClass, settings),
                settings.number("sigma_min"),
                settings.number("sigma_max"),
                settings.choice("final_sigmas_type", FinalSigmasType.ZERO),
                dpm ? algorithmType(settings) : AlgorithmType.DPMSOLVER_PLUS_PLUS,
                dpm ? solverType(settings) : SolverType.MIDPOINT,
                dpm ? settings.integer("solver_order", 2) : 1,
                settings.flag("lower_order_final", true),
                settings.flag("euler_at_final", false),
                settings.number("lambda_min_clipped", Double.NEGATIVE_INFINITY));
    }

    private static SigmaSpacing sigmaSpacing(SchedulerClass schedulerClass, Settings settings) {
        SigmaSpacing spacing = SigmaSpacing.TIMESTEPS;
        if (schedulerClass == SchedulerClass.DDIM) {
            return spacing;
        }
        Map<String, SigmaSpacing> keys = Map.of(
                "use_karras_sigmas", SigmaSpacing.KARRAS,
                "use_exponential_sigmas", SigmaSpacing.EXPONENTIAL,
                "use_beta_sigmas", SigmaSpacing.BETA,
                "use_lu_lambdas", SigmaSpacing.LU);
        for (Map.Entry<String, SigmaSpacing> key : keys.entrySet()) {
            boolean known = key.getValue() != SigmaSpacing.LU || schedulerClass == SchedulerClass.DPM_SOLVER_MULTISTEP;
            if (known && settings.flag(key.getKey(), false)) {
                if (spacing != SigmaSpacing.TIMESTEPS) {
                    throw new UnsupportedSchedulerException("Only one of the scheduler settings use_karras_sigmas,"
                            + " use_exponential_sigmas, use_beta_sigmas and use_lu_lambdas can be true");
                }
                spacing = key.getValue();
            }
        }
        return spacing;
    }

    private static AlgorithmType algorithmType(Settings settings) {
        String text = settings.text("algorithm_type", "dpmsolver++");
        return switch (text) {
            case "dpmsolver++", "deis" -> AlgorithmType.DPMSOLVER_PLUS_PLUS; // diffusers reads deis so
            case "sde-dpmsolver++" -> AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
            default ->
                throw new UnsupportedSchedulerException(
                        "The scheduler setting algorithm_type '" + text + "' is not supported");
        };
    }

    private static SolverType solverType(Settings settings) {
        String text = settings.text("solver_type", "midpoint");
        return switch (text) {
            case "midpoint", "logrho", "bh1", "bh2" -> SolverType.MIDPOINT; // diffusers reads the other three so
            case "heun" -> SolverType.HEUN;
            default ->
                throw new UnsupportedSchedulerException(
                        "The scheduler setting solver_type '" + text + "' is not supported");
        };
    }

    private static void refuseLearnedVariance(Settings settings) {
        String text = settings.text("variance_type", "none");
        if (text.startsWith("learned")) {
            throw new UnsupportedSchedulerException(
                    "The scheduler setting variance_type '" + text + "' is not supported");
        }
    }
}
