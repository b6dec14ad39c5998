package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.schedule.SchedulerConfig.TimestepSpacing;
import java.util.Map;

/** The scheduler classes of diffusers that there are, each with what its constructor has by default. */
public enum SchedulerClass {
    DDIM("DDIMScheduler", TimestepSpacing.LEADING),
    EULER_DISCRETE("EulerDiscreteScheduler", TimestepSpacing.LINSPACE),
    DPM_SOLVER_MULTISTEP("DPMSolverMultistepScheduler", TimestepSpacing.LINSPACE);

    private final String diffusersName;
    private final TimestepSpacing defaultSpacing;

    SchedulerClass(String diffusersName, TimestepSpacing defaultSpacing) {
        this.diffusersName = diffusersName;
        this.defaultSpacing = defaultSpacing;
    }

    /** The name that stands in {@code _class_name} of a {@code scheduler_config.json}. */
    public String diffusersName() {
        return diffusersName;
    }

    /** The one default of the constructor that is not the same for all classes. */
    TimestepSpacing defaultSpacing() {
        return defaultSpacing;
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

    /**
     * Refuses the checkpoint of a model that was trained on another noise process, where these classes would make noise
     * out of any prompt.
     *
     * @throws UnsupportedSchedulerException when the checkpoint's own scheduler tells so
     */
    static void requireSameNoiseProcess(Map<String, Object> schedulerConfigJson) {
        Object name = schedulerConfigJson.get("_class_name");
        if (name instanceof String text && (text.startsWith("EDM") || text.startsWith("FlowMatch"))) {
            throw new UnsupportedSchedulerException("The model's own scheduler, '" + text
                    + "', is for another noise process; the model cannot be sampled");
        }
    }
}
