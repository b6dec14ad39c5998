package dev.darkroom.worker.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which models there are.
 *
 * @param path a folder of models, one model's folder or {@code .safetensors} file, or a catalogue: a {@code .yaml} file
 * @param defaultModel the id of the model for jobs that name none
 */
public record ModelsConfig(Path path, Optional<String> defaultModel, ModelCacheConfig cache) {
    public ModelsConfig {
        new Rules()
                .check(!path.toString().isBlank(), "models", "must name a folder")
                .check(defaultModel.map(id -> !id.isBlank()).orElse(true), "default-model", "must not be blank")
                .raise();
    }
}
