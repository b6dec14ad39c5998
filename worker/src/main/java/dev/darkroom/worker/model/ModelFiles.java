package dev.darkroom.worker.model;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A model whose files are all on this machine, and what its operator says of it against what the files say.
 *
 * @param id the name that jobs know it by
 * @param checkpoint a diffusers folder, or a single {@code .safetensors} file
 * @param vae a VAE to use in place of the checkpoint's own: a diffusers folder of one, or a {@code .safetensors} file
 * @param family what the checkpoint is, where it cannot be told or is told wrongly
 * @param predictionType what the UNet predicts, likewise
 * @param precision empty for what the device does best; the CPU knows float32 and int8, and takes float32 for float16
 */
public record ModelFiles(
        String id,
        Path checkpoint,
        Optional<Path> vae,
        Optional<ModelFamily> family,
        Optional<PredictionType> predictionType,
        Optional<Precision> precision,
        ModelDefaults defaults) {
    /** A checkpoint as it is. */
    public static ModelFiles of(String id, Path checkpoint) {
        return new ModelFiles(
                id,
                checkpoint,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ModelDefaults.NONE);
    }

    /** The same in another precision. */
    public ModelFiles in(Precision other) {
        return new ModelFiles(id, checkpoint, vae, family, predictionType, Optional.of(other), defaults);
    }
}
