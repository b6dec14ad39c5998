package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint in the folder layout of diffusers: {@code model_index.json} and one folder for each component, with its
 * {@code config.json} and its weights.
 *
 * @param schedulerConfig {@code scheduler/scheduler_config.json} without its nulls
 */
public record DiffusersFolder(
        Path folder,
        ClipTokenizer tokenizer,
        ClipTextConfig textEncoder,
        SafetensorsSource textEncoderWeights,
        UnetConfig unet,
        SafetensorsSource unetWeights,
        VaeConfig vae,
        SafetensorsSource vaeWeights,
        Map<String, Object> schedulerConfig) {

    public static final String INDEX = "model_index.json";

    public DiffusersFolder {
        schedulerConfig = Map.copyOf(schedulerConfig);
    }

    /**
     * Reads configurations and headers; the weights themselves stay on the disk.
     *
     * @throws ModelException when something is absent, broken or of a kind that is not supported
     */
    public static DiffusersFolder open(Path folder) throws ModelException {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is not a folder with a model in it");
        }
        checkComponents(ConfigFile.read(folder.resolve(INDEX)));
        Path text = folder.resolve("text_encoder");
        Path unet = folder.resolve("unet");
        Path vae = folder.resolve("vae");
        ClipTextConfig textConfig = ClipTextConfig.read(ConfigFile.read(text.resolve("config.json")));
        UnetConfig unetConfig = UnetConfig.read(ConfigFile.read(unet.resolve("config.json")));
        VaeConfig vaeConfig = VaeConfig.read(ConfigFile.read(vae.resolve("config.json")));
        if (unetConfig.crossAttentionWidth() != textConfig.width()) {
            throw new ModelException(folder + ": the UNet takes a text of width " + unetConfig.crossAttentionWidth()
                    + ", the text encoder gives " + textConfig.width());
        }
        if (unetConfig.outChannels() != vaeConfig.latentChannels()) {
            throw new ModelException(folder + ": the UNet gives " + unetConfig.outChannels()
                    + " channels, the VAE takes " + vaeConfig.latentChannels());
        }
        if (unetConfig.inChannels() != vaeConfig.latentChannels()) {
            throw new ModelException(folder + ": the UNet takes " + unetConfig.inChannels()
                    + " channels for latents of " + vaeConfig.latentChannels()
                    + ": a model for inpainting or editing, which is not supported");
        }
        return new DiffusersFolder(
                folder,
                TokenizerFiles.read(folder.resolve("tokenizer"), textConfig),
                textConfig,
                SafetensorsSource.open(text, "model.safetensors"),
                unetConfig,
                SafetensorsSource.open(unet, "diffusion_pytorch_model.safetensors"),
                vaeConfig,
                SafetensorsSource.open(vae, "diffusion_pytorch_model.safetensors"),
                ConfigFile.read(folder.resolve("scheduler").resolve("scheduler_config.json"))
                        .values());
    }

    private static void checkComponents(ConfigFile index) throws ModelException {
        for (String component : List.of("text_encoder_2", "text_encoder_3", "transformer", "prior")) {
            Object value = index.values().get(component);
            if (value != null
                    && !(value instanceof List<?> pair && pair.stream().allMatch(part -> part == null))) {
                throw index.error("lists a " + component + " (pipeline "
                        + index.text("_class_name").orElse("unknown")
                        + "); only Stable Diffusion 1.x and 2.x are supported");
            }
        }
        for (String component : List.of("text_encoder", "tokenizer", "unet", "vae", "scheduler")) {
            if (index.isNull(component)) {
                throw index.error("lists no " + component);
            }
        }
    }
}
