package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.AlgorithmType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.BetaSchedule;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.FinalSigmasType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.PredictionType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SolverType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.TimestepSpacing;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.VarianceType;
import java.util.Map;

/** Reads what a class sees of a {@code scheduler_config.json}, and refuses by name what there is no code for. */
final class SchedulerConfigReader {
    private SchedulerConfigReader() {}

    static SchedulerConfig read(SchedulerClass schedulerClass, Settings settings) {
        refuseUnsupported(settings);
        int timesteps = settings.integer("num_train_timesteps", 1000);
        return new SchedulerConfig(
                schedulerClass,
                timesteps,
                settings.number("beta_start", 0.0001),
                settings.number("beta_end", 0.02),
                settings.choice("beta_schedule", BetaSchedule.LINEAR),
                settings.numbers("trained_betas"),
                settings.flag("rescale_betas_zero_snr", false),
                settings.choice("prediction_type", PredictionType.EPSILON),
                settings.choice("timestep_spacing", TimestepSpacing.LINSPACE),
                settings.integer("steps_offset", 0),
                settings.flag("set_alpha_to_one", true),
                settings.flag("clip_sample", false),
                settings.number("clip_sample_range", 1.0),
                settings.flag("thresholding", false),
                settings.number("dynamic_thresholding_ratio", 0.995),
                settings.number("sample_max_value", 1.0),
                sigmaSpacing(settings),
                settings.number("sigma_min"),
                settings.number("sigma_max"),
                settings.choice("final_sigmas_type", FinalSigmasType.ZERO),
                algorithmType(schedulerClass, settings),
                solverType(schedulerClass, settings),
                settings.integer("solver_order", 2),
                settings.flag("lower_order_final", true),
                settings.flag("euler_at_final", false),
                settings.number("lambda_min_clipped", Double.NEGATIVE_INFINITY),
                settings.integers("disable_corrector"),
                settings.flag("skip_prk_steps", false),
                varianceType(schedulerClass, settings),
                settings.integer("original_inference_steps", Math.min(50, Math.max(timesteps, 1))),
                settings.number("timestep_scaling", 10.0),
                settings.whole("noise_sampler_seed"));
    }

    private static void refuseUnsupported(Settings settings) {
        settings.require("timestep_type", "discrete");
        settings.require("interpolation_type", "linear");
        settings.refuse("use_flow_sigmas");
        settings.refuse("use_dynamic_shifting");
        settings.refuseAny("solver_p");
        settings.refuseAny("shift_terminal");
        if (!settings.flag("predict_x0", true)) {
            throw new UnsupportedSchedulerException("The scheduler setting predict_x0 'false' is not supported");
        }
        String variance = settings.text("variance_type", "none");
        if (variance.startsWith("learned")) {
            throw Settings.unsupported("variance_type", variance);
        }
    }

    private static SigmaSpacing sigmaSpacing(Settings settings) {
        SigmaSpacing spacing = SigmaSpacing.TIMESTEPS;
        Map<String, SigmaSpacing> keys = Map.of(
                "use_karras_sigmas", SigmaSpacing.KARRAS,
                "use_exponential_sigmas", SigmaSpacing.EXPONENTIAL,
                "use_beta_sigmas", SigmaSpacing.BETA,
                "use_lu_lambdas", SigmaSpacing.LU);
        for (Map.Entry<String, SigmaSpacing> key : keys.entrySet()) {
            if (settings.flag(key.getKey(), false)) {
                if (spacing != SigmaSpacing.TIMESTEPS) {
                    throw new UnsupportedSchedulerException("Only one of the scheduler settings use_karras_sigmas,"
                            + " use_exponential_sigmas, use_beta_sigmas and use_lu_lambdas can be true");
                }
                spacing = key.getValue();
            }
        }
        return spacing;
    }

    /** As each class reads what was written for another: {@code dpmsolver++} and {@code deis} stand for one another. */
    private static AlgorithmType algorithmType(SchedulerClass schedulerClass, Settings settings) {
        String text = settings.text("algorithm_type", "dpmsolver++");
        boolean readByDeis = schedulerClass == SchedulerClass.DEIS_MULTISTEP && text.equals("dpmsolver");
        if (readByDeis || text.equals("dpmsolver++") || text.equals("deis")) {
            return AlgorithmType.DPMSOLVER_PLUS_PLUS;
        }
        if (schedulerClass == SchedulerClass.DPM_SOLVER_MULTISTEP && text.equals("sde-dpmsolver++")) {
            return AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
        }
        throw new UnsupportedSchedulerException("The scheduler setting algorithm_type " + Settings.shown(text)
                + " is not supported with " + schedulerClass.diffusersName());
    }

    private static VarianceType varianceType(SchedulerClass schedulerClass, Settings settings) {
        return schedulerClass == SchedulerClass.DDPM
                ? settings.choice("variance_type", VarianceType.FIXED_SMALL)
                : VarianceType.FIXED_SMALL; // the solvers only ask whether it is learned
    }

    /** The types of another class stand for this class's usual one. */
    private static SolverType solverType(SchedulerClass schedulerClass, Settings settings) {
        SolverType type = settings.choice("solver_type", SolverType.MIDPOINT);
        return switch (schedulerClass) {
            case DEIS_MULTISTEP -> SolverType.LOGRHO;
            case UNIPC_MULTISTEP -> type == SolverType.BH1 ? type : SolverType.BH2;
            default -> type == SolverType.HEUN ? type : SolverType.MIDPOINT;
        };
    }
}
