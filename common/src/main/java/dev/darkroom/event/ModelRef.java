package dev.darkroom.event;

import java.util.List;

/**
 * The model that made a picture.
 *
 * @param id its name in the catalogue
 * @param sha256 of its weights, 64 lower-case hex digits
 * @param loras that it was changed by
 */
public record ModelRef(String id, String sha256, List<LoraRef> loras) {
    public ModelRef {
        EventRules.text("model/id", id);
        EventRules.sha256("model/sha256", sha256);
        loras = List.copyOf(loras);
    }

    /** A model as it is. */
    public ModelRef(String id, String sha256) {
        this(id, sha256, List.of());
    }
}
