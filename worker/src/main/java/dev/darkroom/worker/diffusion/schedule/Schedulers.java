package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.AlgorithmType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The schedulers by name.
 *
 * <p>A name says the class, what kind of solver it is, and how the sigmas are spaced: {@code dpmpp_2m_karras} is {@code
 * DPMSolverMultistepScheduler} of order 2 with {@code use_karras_sigmas}. These settings come from the name, all others
 * from the checkpoint's {@code scheduler_config.json}, as diffusers' {@code from_config} carries them over.
 */
public final class Schedulers {
    private static final Map<String, Named> NAMED = named();

    private Schedulers() {}

    /** What a name stands for: a sampler, and how its sigmas are spaced. */
    private record Named(Sampler sampler, SigmaSpacing sigmaSpacing) {
        /** What the name decides, whatever the checkpoint says. */
        Map<String, Object> settings() {
            Map<String, Object> settings = new HashMap<>(sampler.settings());
            settings.put("use_karras_sigmas", sigmaSpacing == SigmaSpacing.KARRAS);
            settings.put("use_exponential_sigmas", sigmaSpacing == SigmaSpacing.EXPONENTIAL);
            settings.put("use_beta_sigmas", sigmaSpacing == SigmaSpacing.BETA);
            settings.put("use_lu_lambdas", sigmaSpacing == SigmaSpacing.LU);
            return settings;
        }
    }

    private static Map<String, Named> named() {
        Map<String, Named> named = new LinkedHashMap<>();
        for (Sampler sampler : Sampler.values()) {
            for (SigmaSpacing spacing : sampler.spacings()) {
                named.put(sampler.jobName() + suffix(spacing), new Named(sampler, spacing));
            }
        }
        return Collections.unmodifiableMap(named);
    }

    /** What a spacing adds to a name. */
    static String suffix(SigmaSpacing spacing) {
        return spacing == SigmaSpacing.TIMESTEPS ? "" : "_" + spacing.name().toLowerCase(Locale.ROOT);
    }

    /** All names. */
    public static List<String> names() {
        return List.copyOf(NAMED.keySet());
    }

    /** The same as {@link #create(String, Map, int, double)} with an eta of 0. */
    public static Scheduler create(String name, Map<String, Object> checkpointConfig, int steps) {
        return create(name, checkpointConfig, steps, 0);
    }

    /**
     * Sets a scheduler up.
     *
     * @param checkpointConfig the checkpoint's own {@code scheduler_config.json}, of whichever class
     * @param steps from 1 to the checkpoint's number of training timesteps
     * @param eta share of fresh noise in DDIM and TCD, 0 to 1; the others have no such setting and ignore it, as in
     *     diffusers
     * @throws UnsupportedSchedulerException when there is no such name, the checkpoint asks for a setting that is not
     *     supported, or that many steps are impossible
     */
    public static Scheduler create(String name, Map<String, Object> checkpointConfig, int steps, double eta) {
        Named named = find(name);
        SchedulerClass.requireSameNoiseProcess(checkpointConfig);
        Map<String, Object> settings = new HashMap<>(checkpointConfig);
        settings.putAll(named.settings());
        return create(SchedulerConfig.of(named.sampler().schedulerClass(), settings), steps, eta);
    }

    /** Sets a scheduler up with a configuration as it is. */
    static Scheduler create(SchedulerConfig config, int steps, double eta) {
        return switch (config.schedulerClass()) {
            case DDIM -> new DdimScheduler(config, steps, eta);
            case DDPM -> new DdpmScheduler(config, steps);
            case PNDM -> new PndmScheduler(config, steps);
            case EULER_DISCRETE -> new EulerDiscreteScheduler(config, steps);
            case EULER_ANCESTRAL -> new EulerAncestralDiscreteScheduler(config, steps);
            case HEUN -> new HeunDiscreteScheduler(config, steps);
            case LMS -> new LmsDiscreteScheduler(config, steps);
            case KDPM2 -> new Kdpm2DiscreteScheduler(config, steps);
            case KDPM2_ANCESTRAL -> new Kdpm2AncestralDiscreteScheduler(config, steps);
            case DPM_SOLVER_MULTISTEP -> new DpmSolverMultistepScheduler(config, steps);
            case DPM_SOLVER_SINGLESTEP -> new DpmSolverSinglestepScheduler(config, steps);
            case DPM_SOLVER_SDE -> new DpmSolverSdeScheduler(config, steps);
            case DEIS_MULTISTEP -> new DeisMultistepScheduler(config, steps);
            case UNIPC_MULTISTEP -> new UniPcMultistepScheduler(config, steps);
            case LCM -> new LcmScheduler(config, steps);
            case TCD -> new TcdScheduler(config, steps, eta);
        };
    }

    /**
     * The name of a checkpoint's own scheduler.
     *
     * @throws UnsupportedSchedulerException when there is none for its class and settings
     */
    public static String nameOf(Map<String, Object> checkpointConfig) {
        SchedulerConfig config = SchedulerConfig.of(checkpointConfig);
        for (Map.Entry<String, Named> entry : NAMED.entrySet()) {
            Named named = entry.getValue();
            if (named.sampler().schedulerClass() == config.schedulerClass()
                    && named.sigmaSpacing() == config.sigmaSpacing()
                    && sameSolver(named.sampler(), config)) {
                return entry.getKey();
            }
        }
        throw new UnsupportedSchedulerException("The model's own scheduler, "
                + config.schedulerClass().diffusersName() + " with solver_order " + config.solverOrder()
                + " and algorithm_type " + config.algorithmType() + ", is not supported; ask for one of " + names());
    }

    /** Whether what the name decides is what the configuration says. */
    private static boolean sameSolver(Sampler sampler, SchedulerConfig config) {
        Object algorithm = sampler.settings().get("algorithm_type");
        Object order = sampler.settings().get("solver_order");
        boolean withNoise = config.algorithmType() == AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
        return (algorithm == null || algorithm.equals("sde-dpmsolver++") == withNoise)
                && (order == null || order.equals(config.solverOrder()));
    }

    /**
     * The usual number of steps.
     *
     * @throws UnsupportedSchedulerException when there is no such name
     */
    public static int defaultSteps(String name) {
        return find(name).sampler().defaultSteps();
    }

    /**
     * How often so many steps of one picture call the UNet, with a checkpoint that has {@code skip_prk_steps} if it has
     * PNDM's settings at all, as all published ones do; without, PNDM makes eight calls more.
     *
     * @throws UnsupportedSchedulerException when there is no such name
     */
    public static int calls(String name, int steps) {
        return switch (find(name).sampler().schedulerClass()) {
            case HEUN, KDPM2, KDPM2_ANCESTRAL, DPM_SOLVER_SDE -> 2 * steps - 1; // the last one ends at zero
            case PNDM -> steps == 1 ? 1 : steps + 1; // its second timestep comes twice
            default -> steps;
        };
    }

    /** The sampler in A1111's words, such as {@code DPM++ 2M}; in the same manner where A1111 has no such sampler. */
    public static String samplerLabel(String name) {
        return find(name).sampler().label();
    }

    /** The spacing of the sigmas in A1111's words, such as {@code Karras}; empty where they follow from the timesteps. */
    public static Optional<String> spacingLabel(String name) {
        return switch (find(name).sigmaSpacing()) {
            case TIMESTEPS -> Optional.empty();
            case KARRAS -> Optional.of("Karras");
            case EXPONENTIAL -> Optional.of("Exponential");
            case BETA -> Optional.of("Beta");
            case LU -> Optional.of("Lu");
        };
    }

    private static Named find(String name) {
        Named named = NAMED.get(name);
        if (named == null) {
            throw new UnsupportedSchedulerException("There is no scheduler '" + name + "'; there are " + names());
        }
        return named;
    }
}
