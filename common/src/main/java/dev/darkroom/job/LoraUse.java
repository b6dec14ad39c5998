package dev.darkroom.job;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A LoRA that a job's model is changed by.
 *
 * @param id of the LoRA in the catalogue
 * @param scale what it adds is multiplied by this; 1 as it was trained, below 0 the opposite
 */
public record LoraUse(String id, double scale) {
    public LoraUse {
        JobRules.require("loras/id", JobRules.model(id));
        JobRules.require("loras/scale", JobRules.LORA_SCALE.check(scale));
        scale = scale + 0.0; // -0.0 is 0.0, so that equal jobs are equal records
    }

    /** As it was trained. */
    public LoraUse(String id) {
        this(id, 1);
    }

    /** The same in order of id: they are added up, so their order says nothing. */
    static List<LoraUse> sorted(List<LoraUse> loras) {
        return loras.stream().sorted(Comparator.comparing(LoraUse::id)).toList();
    }

    /** The rule of {@code loras} as a whole: so many at most, each once. */
    static Optional<String> broken(List<LoraUse> loras) {
        if (loras.size() > JobRules.MAX_LORAS) {
            return Optional.of("must be at most " + JobRules.MAX_LORAS + ", are " + loras.size());
        }
        return loras.stream()
                .map(LoraUse::id)
                .filter(id -> loras.stream().filter(use -> use.id().equals(id)).count() > 1)
                .findFirst()
                .map(id -> "must name each LoRA once, name " + JobRules.quoted(id) + " twice");
    }
}
