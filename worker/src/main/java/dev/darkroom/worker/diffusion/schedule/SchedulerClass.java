package dev.darkroom.worker.diffusion.schedule;

import java.util.Map;

/** The scheduler classes of diffusers that there are, each with the defaults of its constructor that differ. */
public enum SchedulerClass {
    DDIM("DDIMScheduler", Map.of("timestep_spacing", "leading")),
    EULER_DISCRETE("EulerDiscreteScheduler", Map.of()),
    DPM_SOLVER_MULTISTEP("DPMSolverMultistepScheduler", Map.of());

    private final String diffusersName;
    private final Map<String, Object> defaults;

    SchedulerClass(String diffusersName, Map<String, Object> defaults) {
        this.diffusersName = diffusersName;
        this.defaults = defaults;
    }

    /** The name that stands in {@code _class_name} of a {@code scheduler_config.json}. */
    public String diffusersName() {
        return diffusersName;
    }

    /** Defaults that are not the same for all classes. */
    Map<String, Object> defaults() {
        return defaults;
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
                + (name == null ? "which scheduler_config.json does not name (_class_name)" : "'" + name + "'")
                + ", is not supported; ask for one of " + Schedulers.names());
    }
}
