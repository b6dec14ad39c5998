package dev.darkroom.worker.diffusion.schedule;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a {@code scheduler_config.json} says, typed, with the defaults of its diffusers class filled in. Names and
 * meanings are those of diffusers; a scheduler reads the settings that its class knows and no others.
 *
 * @param trainedBetas the betas themselves; empty where they follow from {@code betaSchedule}
 * @param sigmaMin lower end of Karras, exponential and beta sigmas; absent: that of the training schedule
 * @param sigmaMax upper end, likewise
 * @param lambdaMinClipped half the logarithm of the signal-to-noise ratio below which no step is made
 * @param disableCorrector steps of UniPC that are not corrected after the fact
 * @param originalInferenceSteps the steps that a distilled model was taught with; a run takes some of them
 * @param noiseSamplerSeed the seed of the Brownian motion; absent: that of the picture
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
        double lambdaMinClipped,
        List<Integer> disableCorrector,
        boolean skipPrkSteps,
        VarianceType varianceType,
        int originalInferenceSteps,
        double timestepScaling,
        OptionalLong noiseSamplerSeed) {

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

    /** The form of the higher orders: DPM-Solver's, DEIS's, or UniPC's B(h). */
    public enum SolverType {
        MIDPOINT,
        HEUN,
        LOGRHO,
        BH1,
        BH2
    }

    /** How much noise a step of DDPM adds: the least or the most that the training noise allows. */
    public enum VarianceType {
        FIXED_SMALL,
        FIXED_SMALL_LOG,
        FIXED_LARGE
    }

    private static final int MOST_TIMESTEPS = 100_000;

    public SchedulerConfig {
        trainedBetas = List.copyOf(trainedBetas);
        disableCorrector = List.copyOf(disableCorrector);
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
        check(
                originalInferenceSteps >= 1 && originalInferenceSteps <= numTrainTimesteps,
                "original_inference_steps",
                originalInferenceSteps);
        check(timestepScaling > 0 && timestepScaling < 1e6, "timestep_scaling", timestepScaling);
        check(noiseSamplerSeed.orElse(0) >= 0, "noise_sampler_seed", noiseSamplerSeed);
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
     * The configuration that another class takes from a checkpoint, as {@code from_config} does: what the file says and
     * this class knows carries over, what it leaves out becomes this class's own default.
     *
     * @throws UnsupportedSchedulerException when a setting is not supported or a value makes no sense
     */
    public static SchedulerConfig of(SchedulerClass schedulerClass, Map<String, Object> schedulerConfigJson) {
        return SchedulerConfigReader.read(schedulerClass, schedulerClass.settings(schedulerConfigJson));
    }
}
