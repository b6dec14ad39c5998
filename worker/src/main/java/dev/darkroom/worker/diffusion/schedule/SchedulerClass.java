package dev.darkroom.worker.diffusion.schedule;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The scheduler classes of diffusers that there are, each with the settings that its constructor knows and with its
 * defaults where they are not those of most.
 */
@SuppressWarnings("ImmutableEnumChecker") // its sets and maps are immutable ones
public enum SchedulerClass {
    DDIM(
            "DDIMScheduler",
            Known.of(Known.ZERO_SNR, Known.CLIPPING, Known.ALPHA),
            Map.of("timestep_spacing", "leading", "clip_sample", true)),
    DDPM(
            "DDPMScheduler",
            Known.of(Known.ZERO_SNR, Known.CLIPPING, Set.of("variance_type")),
            Map.of("timestep_spacing", "leading", "clip_sample", true)),
    PNDM(
            "PNDMScheduler",
            Known.of(Known.ALPHA, Set.of("skip_prk_steps")),
            Map.of("timestep_spacing", "leading", "set_alpha_to_one", false)),
    EULER_DISCRETE(
            "EulerDiscreteScheduler",
            Known.of(Known.ZERO_SNR, Known.SIGMAS, Set.of("final_sigmas_type", "timestep_type", "interpolation_type")),
            Map.of()),
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler", Known.ZERO_SNR, Map.of()),
    HEUN(
            "HeunDiscreteScheduler",
            Known.of(Known.SIGMAS, Set.of("clip_sample", "clip_sample_range")),
            Map.of("beta_start", 0.00085, "beta_end", 0.012)),
    LMS("LMSDiscreteScheduler", Known.SIGMAS, Map.of()),
    KDPM2("KDPM2DiscreteScheduler", Known.SIGMAS, Map.of("beta_start", 0.00085, "beta_end", 0.012)),
    KDPM2_ANCESTRAL("KDPM2AncestralDiscreteScheduler", Known.SIGMAS, Map.of("beta_start", 0.00085, "beta_end", 0.012)),
    DPM_SOLVER_MULTISTEP(
            "DPMSolverMultistepScheduler",
            Known.of(
                    Known.ZERO_SNR,
                    Known.SIGMAS,
                    Known.SOLVER,
                    Known.DPM_SOLVER,
                    Set.of("use_lu_lambdas", "euler_at_final")),
            Map.of()),
    DPM_SOLVER_SINGLESTEP(
            "DPMSolverSinglestepScheduler",
            Known.of(Known.SIGMAS, Known.SOLVER, Known.DPM_SOLVER),
            Map.of("lower_order_final", false),
            Set.of("timestep_spacing", "steps_offset")),
    DPM_SOLVER_SDE(
            "DPMSolverSDEScheduler",
            Known.of(Known.SIGMAS, Set.of("noise_sampler_seed")),
            Map.of("beta_start", 0.00085, "beta_end", 0.012)),
    DEIS_MULTISTEP(
            "DEISMultistepScheduler",
            Known.of(Known.SIGMAS, Known.SOLVER, Set.of("algorithm_type")),
            Map.of("algorithm_type", "deis", "solver_type", "logrho", "final_sigmas_type", "sigma_min")),
    UNIPC_MULTISTEP(
            "UniPCMultistepScheduler",
            Known.of(
                    Known.ZERO_SNR,
                    Known.SIGMAS,
                    Known.SOLVER,
                    Set.of("final_sigmas_type", "predict_x0", "disable_corrector", "solver_p", "shift_terminal")),
            Map.of("solver_type", "bh2")),
    LCM("LCMScheduler", Known.DISTILLED, Known.DISTILLED_DEFAULTS),
    TCD("TCDScheduler", Known.DISTILLED, Known.DISTILLED_DEFAULTS);

    private final String diffusersName;
    private final Set<String> known;
    private final Map<String, Object> defaults;

    SchedulerClass(String diffusersName, Set<String> known, Map<String, Object> defaults) {
        this(diffusersName, known, defaults, Set.of());
    }

    SchedulerClass(String diffusersName, Set<String> known, Map<String, Object> defaults, Set<String> without) {
        this.diffusersName = diffusersName;
        Set<String> all = new HashSet<>(Known.of(Known.COMMON, known));
        all.removeAll(without);
        this.known = Set.copyOf(all);
        this.defaults = defaults;
    }

    /** Settings that several classes know. */
    private static final class Known {
        static final Set<String> COMMON = Set.of(
                "num_train_timesteps",
                "beta_start",
                "beta_end",
                "beta_schedule",
                "trained_betas",
                "prediction_type",
                "timestep_spacing",
                "steps_offset");
        static final Set<String> ZERO_SNR = Set.of("rescale_betas_zero_snr");
        static final Set<String> ALPHA = Set.of("set_alpha_to_one");
        static final Set<String> THRESHOLDING =
                Set.of("thresholding", "dynamic_thresholding_ratio", "sample_max_value");
        static final Set<String> CLIPPING = of(THRESHOLDING, Set.of("clip_sample", "clip_sample_range"));
        /** Not all of them name {@code sigma_min} and {@code sigma_max}, but all use them if the file has them. */
        static final Set<String> SIGMAS =
                Set.of("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "sigma_min", "sigma_max");

        static final Set<String> SOLVER = of(
                THRESHOLDING,
                Set.of("solver_order", "solver_type", "lower_order_final", "use_flow_sigmas", "use_dynamic_shifting"));
        static final Set<String> DPM_SOLVER =
                Set.of("algorithm_type", "final_sigmas_type", "lambda_min_clipped", "variance_type");
        static final Set<String> DISTILLED =
                of(ZERO_SNR, ALPHA, CLIPPING, Set.of("original_inference_steps", "timestep_scaling"));
        static final Map<String, Object> DISTILLED_DEFAULTS =
                Map.of("beta_start", 0.00085, "beta_end", 0.012, "beta_schedule", "scaled_linear");

        @SafeVarargs
        static Set<String> of(Set<String>... parts) {
            Set<String> all = new HashSet<>();
            for (Set<String> part : parts) {
                all.addAll(part);
            }
            return Set.copyOf(all);
        }
    }

    /** The name that stands in {@code _class_name} of a {@code scheduler_config.json}. */
    public String diffusersName() {
        return diffusersName;
    }

    /** What its constructor would see of a configuration: the settings that it knows, or its default for them. */
    Settings settings(Map<String, Object> schedulerConfigJson) {
        Map<String, Object> seen = new HashMap<>(defaults);
        schedulerConfigJson.forEach((key, value) -> {
            if (known.contains(key) && value != null) {
                seen.put(key, value);
            }
        });
        return new Settings(seen);
    }

    /**
     * The class of a checkpoint's scheduler.
     *
     * @throws UnsupportedSchedulerException when there is no such class here
     */
    static SchedulerClass of(Map<String, Object> schedulerConfigJson) {
        Object name = schedulerConfigJson.get("_class_name");
        for (SchedulerClass candidate : values()) {
            if (candidate.diffusersName.equals(name)) {
                return candidate;
            }
        }
        throw new UnsupportedSchedulerException("The model's own scheduler, "
                + (name == null ? "which scheduler_config.json does not name (_class_name)" : Settings.shown(name))
                + ", is not supported; ask for one of " + Schedulers.names());
    }

    /**
     * Refuses the checkpoint of a model that was trained on another noise process, where these classes would make noise
     * out of any prompt.
     *
     * @throws UnsupportedSchedulerException when the checkpoint's own scheduler tells so
     */
    static void requireSameNoiseProcess(Map<String, Object> schedulerConfigJson) {
        Object name = schedulerConfigJson.get("_class_name");
        if (name instanceof String text && (text.startsWith("EDM") || text.startsWith("FlowMatch"))) {
            throw new UnsupportedSchedulerException("The model's own scheduler, " + Settings.shown(text)
                    + ", is for another noise process; the model cannot be sampled");
        }
    }
}
