package dev.darkroom.worker.model;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A model whose files are all on this machine, and what its operator says of it against what the files say.
 *
 * @param id the name that jobs know it by
 * @param checkpoint a diffusers folder, or a single {@code .safetensors} file
 * @param vae a VAE to use in place of the checkpoint's own: a diffusers folder of one, or a {@code .safetensors} file
 * @param family what the checkpoint is, where it cannot be told or is told wrongly
 * @param predictionType what the UNet predicts, likewise
 * @param loras that change the model; the order of their ids is the order that they are added in
 * @param embeddings words that prompts may have; those for other families are left alone
 * @param precision empty for what the device does best; the CPU knows float32 and int8, and takes float32 for float16
 */
public record ModelFiles(
        String id,
        Path checkpoint,
        Optional<Path> vae,
        Optional<ModelFamily> family,
        Optional<PredictionType> predictionType,
        Optional<Precision> precision,
        ModelDefaults defaults,
        List<LoraFile> loras,
        List<EmbeddingFile> embeddings) {
    public ModelFiles {
        embeddings = List.copyOf(embeddings);
        loras = loras.stream().sorted(Comparator.comparing(LoraFile::id)).toList();
    }

    /** A model without LoRAs. */
    public ModelFiles(
            String id,
            Path checkpoint,
            Optional<Path> vae,
            Optional<ModelFamily> family,
            Optional<PredictionType> predictionType,
            Optional<Precision> precision,
            ModelDefaults defaults) {
        this(id, checkpoint, vae, family, predictionType, precision, defaults, List.of(), List.of());
    }

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
        return new ModelFiles(
                id, checkpoint, vae, family, predictionType, Optional.of(other), defaults, loras, embeddings);
    }

    /** The same, changed by LoRAs. */
    public ModelFiles with(List<LoraFile> others) {
        return new ModelFiles(id, checkpoint, vae, family, predictionType, precision, defaults, others, embeddings);
    }

    /** The same with more words for its prompts. */
    public ModelFiles knowing(List<EmbeddingFile> others) {
        return new ModelFiles(id, checkpoint, vae, family, predictionType, precision, defaults, loras, others);
    }
}
