package dev.darkroom.worker.model;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A LoRA that is on this machine, and how much of it a model gets.
 *
 * @param id the name that jobs know it by
 * @param path a {@code .safetensors} file
 * @param family of the models that it is for, where its operator says it
 * @param scale what it adds is multiplied by this; 1 as it was trained
 */
public record LoraFile(String id, Path path, Optional<ModelFamily> family, double scale) {
    public LoraFile {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("The scale of LoRA " + id + " must be a number, not " + scale);
        }
    }
}
