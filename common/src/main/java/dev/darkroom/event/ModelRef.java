package dev.darkroom.event;

/**
 * The model that made a picture.
 *
 * @param id its name in the catalogue
 * @param sha256 of its weights, 64 lower-case hex digits
 */
public record ModelRef(String id, String sha256) {
    public ModelRef {
        EventRules.text("model/id", id);
        EventRules.sha256("model/sha256", sha256);
    }
}
