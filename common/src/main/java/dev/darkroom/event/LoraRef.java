package dev.darkroom.event;

import dev.darkroom.job.JobRules;

/**
 * A LoRA that a picture's model was changed by.
 *
 * @param id its name in the catalogue
 * @param scale what it added was multiplied by this
 * @param sha256 of its file, 64 lower-case hex digits
 */
public record LoraRef(String id, double scale, String sha256) {
    public LoraRef {
        EventRules.text("model/loras/id", id);
        EventRules.sha256("model/loras/sha256", sha256);
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException(
                    "model/loras/scale: must be a number, is " + scale + " for " + JobRules.quoted(id));
        }
    }
}
