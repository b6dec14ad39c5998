package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.AlgorithmType;
import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.SigmaSpacing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

    /**
     * What a name stands for.
     *
     * @param label the sampler in A1111's words
     * @param settings what the name decides, whatever the checkpoint says
     */
    private record Named(
            SchedulerClass schedulerClass,
            String label,
            SigmaSpacing sigmaSpacing,
            int defaultSteps,
            Map<String, Object> settings) {}

    private static Map<String, Named> named() {
        Map<String, Named> named = new LinkedHashMap<>();
        named.put("ddim", new Named(SchedulerClass.DDIM, "DDIM", SigmaSpacing.TIMESTEPS, 25, Map.of()));
        addSpacings(
                named,
                "euler",
                new Named(SchedulerClass.EULER_DISCRETE, "Euler", SigmaSpacing.TIMESTEPS, 25, Map.of()));
        addSpacings(named, "dpmpp_2m", dpm("DPM++ 2M", "dpmsolver++", 2));
        addSpacings(named, "dpmpp_2m_sde", dpm("DPM++ 2M SDE", "sde-dpmsolver++", 2));
        addSpacings(named, "dpmpp_3m", dpm("DPM++ 3M", "dpmsolver++", 3));
        return Collections.unmodifiableMap(named);
    }

    private static Named dpm(String label, String algorithm, int order) {
        return new Named(
                SchedulerClass.DPM_SOLVER_MULTISTEP,
                label,
                SigmaSpacing.TIMESTEPS,
                20,
                Map.of("algorithm_type", algorithm, "solver_order", order));
    }

    private static void addSpacings(Map<String, Named> named, String name, Named plain) {
        for (SigmaSpacing spacing : SigmaSpacing.values()) {
            boolean known = spacing != SigmaSpacing.LU || plain.schedulerClass() == SchedulerClass.DPM_SOLVER_MULTISTEP;
            if (known) {
                Map<String, Object> settings = new HashMap<>(plain.settings());
                settings.put("use_karras_sigmas", spacing == SigmaSpacing.KARRAS);
                settings.put("use_exponential_sigmas", spacing == SigmaSpacing.EXPONENTIAL);
                settings.put("use_beta_sigmas", spacing == SigmaSpacing.BETA);
                settings.put("use_lu_lambdas", spacing == SigmaSpacing.LU);
                String suffix = spacing == SigmaSpacing.TIMESTEPS
                        ? ""
                        : "_" + spacing.name().toLowerCase(Locale.ROOT);
                named.put(
                        name + suffix,
                        new Named(plain.schedulerClass(), plain.label(), spacing, plain.defaultSteps(), settings));
            }
        }
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
     * @param eta share of fresh noise in DDIM, 0 to 1; the others have no such setting and ignore it, as in diffusers
     * @throws UnsupportedSchedulerException when there is no such name, the checkpoint asks for a setting that is not
     *     supported, or that many steps are impossible
     */
    public static Scheduler create(String name, Map<String, Object> checkpointConfig, int steps, double eta) {
        Named named = find(name);
        SchedulerClass.requireSameNoiseProcess(checkpointConfig);
        Map<String, Object> settings = new HashMap<>(checkpointConfig);
        settings.putAll(named.settings());
        SchedulerConfig config = SchedulerConfig.of(named.schedulerClass(), settings);
        return switch (named.schedulerClass()) {
            case DDIM -> new DdimScheduler(config, steps, eta);
            case EULER_DISCRETE -> new EulerDiscreteScheduler(config, steps);
            case DPM_SOLVER_MULTISTEP -> new DpmSolverMultistepScheduler(config, steps);
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
            if (named.schedulerClass() == config.schedulerClass()
                    && named.sigmaSpacing() == config.sigmaSpacing()
                    && sameSolver(named, config)) {
                return entry.getKey();
            }
        }
        throw new UnsupportedSchedulerException("The model's own scheduler, "
                + config.schedulerClass().diffusersName() + " with solver_order " + config.solverOrder()
                + " and algorithm_type " + config.algorithmType() + ", is not supported; ask for one of " + names());
    }

    private static boolean sameSolver(Named named, SchedulerConfig config) {
        if (config.schedulerClass() != SchedulerClass.DPM_SOLVER_MULTISTEP) {
            return true;
        }
        AlgorithmType algorithm = "dpmsolver++".equals(named.settings().get("algorithm_type"))
                ? AlgorithmType.DPMSOLVER_PLUS_PLUS
                : AlgorithmType.SDE_DPMSOLVER_PLUS_PLUS;
        return algorithm == config.algorithmType()
                && Integer.valueOf(config.solverOrder()).equals(named.settings().get("solver_order"));
    }

    /**
     * The usual number of steps: 25, or 20 for the DPM-Solver family, which converges faster.
     *
     * @throws UnsupportedSchedulerException when there is no such name
     */
    public static int defaultSteps(String name) {
        return find(name).defaultSteps();
    }

    /** The sampler in A1111's words, such as {@code DPM++ 2M}. */
    public static String samplerLabel(String name) {
        return find(name).label();
    }

    /** The spacing of the sigmas in A1111's words, such as {@code Karras}; {@code Automatic} where it has no own. */
    public static String scheduleLabel(String name) {
        return switch (find(name).sigmaSpacing()) {
            case TIMESTEPS -> "Automatic";
            case KARRAS -> "Karras";
            case EXPONENTIAL -> "Exponential";
            case BETA -> "Beta";
            case LU -> "Lu";
        };
    }

    private static Named find(String name) {
        Named named = NAMED.get(name);
        if (named == null) {
            throw new UnsupportedSchedulerException(
                    "There is no scheduler '" + name + "'; there are " + new ArrayList<>(NAMED.keySet()));
        }
        return named;
    }
}
