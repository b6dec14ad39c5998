package dev.darkroom.worker.model;

import java.util.Comparator;
import java.util.List;

/**
 * A model and the LoRAs that change it: what is loaded, shared by jobs and closed as one. Two of the same LoRAs at the same
 * scales are equal.
 *
 * @param id of the model
 * @param loras in order of id
 */
public record ModelVariant(String id, List<Scaled> loras) {
    /**
     * A LoRA, and how much of it.
     *
     * @param id of the LoRA
     */
    public record Scaled(String id, double scale) {}

    public ModelVariant {
        loras = loras.stream().sorted(Comparator.comparing(Scaled::id)).toList();
    }

    /** A model as it is. */
    public static ModelVariant of(String id) {
        return new ModelVariant(id, List.of());
    }
}
