package dev.darkroom.worker.diffusion.schedule;

import java.util.HashMap;
import java.util.Map;

/** Settings of schedulers in tests: the noise process that Stable Diffusion was trained with, and what a case has besides. */
public final class StableDiffusion {
    private StableDiffusion() {}

    /** The noise process alone, in a new map. */
    public static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("beta_start", 0.00085);
        settings.put("beta_end", 0.012);
        settings.put("beta_schedule", "scaled_linear");
        return settings;
    }

    /** The same with other settings, which may change it. */
    public static Map<String, Object> settings(Map<String, Object> more) {
        Map<String, Object> settings = settings();
        settings.putAll(more);
        return settings;
    }
}
