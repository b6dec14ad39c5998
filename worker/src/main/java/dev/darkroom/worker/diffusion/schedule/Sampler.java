package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The samplers that a job can ask for, before it says how the sigmas are spaced, and what they are called elsewhere. One
 * scheduler class may be several samplers.
 */
public enum Sampler {
    DDIM("ddim", SchedulerClass.DDIM, "DDIM", "DDIM", "ddim", 25),
    DDPM("ddpm", SchedulerClass.DDPM, "DDPM", "", "ddpm", 50),
    PNDM("pndm", SchedulerClass.PNDM, "PLMS", "PLMS", "", 25),
    EULER("euler", SchedulerClass.EULER_DISCRETE, "Euler", "Euler", "euler", 25),
    EULER_A("euler_a", SchedulerClass.EULER_ANCESTRAL, "Euler a", "Euler a", "euler_ancestral", 25),
    HEUN("heun", SchedulerClass.HEUN, "Heun", "Heun", "heun", 25),
    LMS("lms", SchedulerClass.LMS, "LMS", "LMS", "lms", 25),
    KDPM2("kdpm2", SchedulerClass.KDPM2, "DPM2", "DPM2", "dpm_2", 25),
    KDPM2_A("kdpm2_a", SchedulerClass.KDPM2_ANCESTRAL, "DPM2 a", "DPM2 a", "dpm_2_ancestral", 25),
    DPMPP_2M("dpmpp_2m", SchedulerClass.DPM_SOLVER_MULTISTEP, "DPM++ 2M", "DPM++ 2M", "dpmpp_2m", 20),
    DPMPP_2M_SDE(
            "dpmpp_2m_sde", SchedulerClass.DPM_SOLVER_MULTISTEP, "DPM++ 2M SDE", "DPM++ 2M SDE", "dpmpp_2m_sde", 20),
    DPMPP_3M("dpmpp_3m", SchedulerClass.DPM_SOLVER_MULTISTEP, "DPM++ 3M", "", "", 20),
    DPMPP_3M_SDE(
            "dpmpp_3m_sde", SchedulerClass.DPM_SOLVER_MULTISTEP, "DPM++ 3M SDE", "DPM++ 3M SDE", "dpmpp_3m_sde", 20),
    DPMPP_2S("dpmpp_2s", SchedulerClass.DPM_SOLVER_SINGLESTEP, "DPM++ 2S", "", "", 20),
    DPMPP_3S("dpmpp_3s", SchedulerClass.DPM_SOLVER_SINGLESTEP, "DPM++ 3S", "", "", 20),
    DPMPP_SDE("dpmpp_sde", SchedulerClass.DPM_SOLVER_SDE, "DPM++ SDE", "DPM++ SDE", "dpmpp_sde", 20),
    DEIS("deis", SchedulerClass.DEIS_MULTISTEP, "DEIS", "", "deis", 20),
    UNIPC("unipc", SchedulerClass.UNIPC_MULTISTEP, "UniPC", "UniPC", "uni_pc_bh2", 20),
    LCM("lcm", SchedulerClass.LCM, "LCM", "LCM", "lcm", 4),
    TCD("tcd", SchedulerClass.TCD, "TCD", "", "", 4);

    private final String jobName;
    private final SchedulerClass schedulerClass;
    private final String label;
    private final String a1111;
    private final String comfyUi;
    private final int defaultSteps;

    Sampler(
            String jobName,
            SchedulerClass schedulerClass,
            String label,
            String a1111,
            String comfyUi,
            int defaultSteps) {
        this.jobName = jobName;
        this.schedulerClass = schedulerClass;
        this.label = label;
        this.a1111 = a1111;
        this.comfyUi = comfyUi;
        this.defaultSteps = defaultSteps;
    }

    /** What a job calls it, where its sigmas follow from the timesteps. */
    public String jobName() {
        return jobName;
    }

    /** The class of diffusers that it is. */
    public SchedulerClass schedulerClass() {
        return schedulerClass;
    }

    /** What A1111's web UI calls it; empty where it has no such sampler. */
    public Optional<String> a1111Name() {
        return Optional.of(a1111).filter(name -> !name.isEmpty());
    }

    /** What ComfyUI calls it; empty where it has no such sampler. */
    public Optional<String> comfyUiName() {
        return Optional.of(comfyUi).filter(name -> !name.isEmpty());
    }

    /** The settings in which it differs from other samplers of its class. */
    public Map<String, Object> settings() {
        return switch (this) {
            case DPMPP_2M -> Map.of("algorithm_type", "dpmsolver++", "solver_order", 2);
            case DPMPP_2M_SDE -> Map.of("algorithm_type", "sde-dpmsolver++", "solver_order", 2);
            case DPMPP_3M -> Map.of("algorithm_type", "dpmsolver++", "solver_order", 3);
            case DPMPP_3M_SDE -> Map.of("algorithm_type", "sde-dpmsolver++", "solver_order", 3);
            case DPMPP_2S -> Map.of("algorithm_type", "dpmsolver++", "solver_order", 2);
            case DPMPP_3S -> Map.of("algorithm_type", "dpmsolver++", "solver_order", 3);
            default -> Map.of();
        };
    }

    /** What a job may add to its name: {@code _karras} and the like. The first, nothing, is not among them. */
    public List<String> suffixes() {
        return spacings().stream().skip(1).map(Schedulers::suffix).toList();
    }

    /** How its sigmas can be spaced, in the order of the names. */
    List<SigmaSpacing> spacings() {
        return switch (schedulerClass) {
            case DDIM, DDPM, PNDM, EULER_ANCESTRAL, LCM, TCD -> List.of(SigmaSpacing.TIMESTEPS);
            case DPM_SOLVER_MULTISTEP -> List.of(SigmaSpacing.values());
            default ->
                List.of(SigmaSpacing.TIMESTEPS, SigmaSpacing.KARRAS, SigmaSpacing.EXPONENTIAL, SigmaSpacing.BETA);
        };
    }

    String label() {
        return label;
    }

    /** The usual number of steps. */
    public int defaultSteps() {
        return defaultSteps;
    }
}
