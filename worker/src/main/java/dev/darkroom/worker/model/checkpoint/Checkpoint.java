package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A Stable Diffusion model as it lies on the disk: what its networks look like and where their weights are.
 *
 * @param path the folder or file
 * @param secondText what Stable Diffusion XL has besides
 * @param zerosForEmptyNegative {@code force_zeros_for_empty_prompt}
 * @param schedulerConfig diffusers' {@code scheduler_config.json} without its nulls
 */
public record Checkpoint(
        Path path,
        ModelFamily family,
        ClipTokenizer tokenizer,
        ClipTextConfig textEncoder,
        SafetensorsSource textEncoderWeights,
        Optional<Text> secondText,
        UnetConfig unet,
        SafetensorsSource unetWeights,
        VaeConfig vae,
        SafetensorsSource vaeWeights,
        boolean zerosForEmptyNegative,
        Map<String, Object> schedulerConfig) {

    /** A text encoder and its tokenizer. */
    public record Text(ClipTokenizer tokenizer, ClipTextConfig encoder, SafetensorsSource weights) {}

    public Checkpoint {
        schedulerConfig = Map.copyOf(schedulerConfig);
    }

    /**
     * Reads configurations and headers of a folder in the layout of diffusers, or of a single {@code .safetensors} file;
     * the weights themselves stay on the disk.
     *
     * @throws ModelException when something is absent, broken or of a kind that is not supported
     */
    public static Checkpoint open(ModelFiles files) throws ModelException {
        Path path = files.checkpoint();
        return Files.isRegularFile(path) ? SingleFile.open(path) : DiffusersFolder.open(path);
    }

    /** The same for a checkpoint of which nothing else is known. */
    public static Checkpoint open(Path path) throws ModelException {
        return open(ModelFiles.of(String.valueOf(path.getFileName()), path));
    }

    /** This one, if its networks fit each other. */
    Checkpoint checked() throws ModelException {
        int width = textEncoder.width()
                + secondText.map(second -> second.encoder().width()).orElse(0);
        if (unet.crossAttentionWidth() != width) {
            throw new ModelException(path + ": the UNet takes a text of width " + unet.crossAttentionWidth()
                    + ", the text encoder gives " + width);
        }
        Optional<Integer> pooledTaken = unet.added().map(UnetConfig.AddedEmbedding::pooledWidth);
        Optional<Integer> pooledGiven =
                secondText.map(second -> second.encoder().width());
        if (!pooledTaken.equals(pooledGiven)) {
            throw new ModelException(path + ": the UNet takes a pooled text of width " + pooledTaken.orElse(0)
                    + ", the text encoders give " + pooledGiven.orElse(0));
        }
        if (unet.outChannels() != vae.latentChannels()) {
            throw new ModelException(path + ": the UNet gives " + unet.outChannels() + " channels, the VAE takes "
                    + vae.latentChannels());
        }
        if (unet.inChannels() < vae.latentChannels()) {
            throw new ModelException(path + ": the UNet takes " + unet.inChannels() + " channels, fewer than the "
                    + vae.latentChannels() + " of the latents");
        }
        return this;
    }
}
