package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The folder layout of diffusers: {@code model_index.json} and one folder for each component, with its {@code
 * config.json} and its weights.
 */
public final class DiffusersFolder {
    public static final String INDEX = "model_index.json";

    private DiffusersFolder() {}

    /**
     * Reads configurations and headers; the weights themselves stay on the disk.
     *
     * @throws ModelException when something is absent, broken or of a kind that is not supported
     */
    public static Checkpoint open(Path folder) throws ModelException {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is neither a folder with a model in it nor a file");
        }
        ConfigFile index = ConfigFile.read(folder.resolve(INDEX));
        checkComponents(index);
        Path text = folder.resolve("text_encoder");
        Path unet = folder.resolve("unet");
        Path vae = folder.resolve("vae");
        ClipTextConfig textConfig = ClipTextConfig.read(ConfigFile.read(text.resolve("config.json")));
        return new Checkpoint(
                        folder,
                        family(index, textConfig),
                        TokenizerFiles.read(folder.resolve("tokenizer"), textConfig),
                        textConfig,
                        SafetensorsSource.open(text, "model.safetensors"),
                        isListed(index, "text_encoder_2") ? Optional.of(secondText(folder)) : Optional.empty(),
                        UnetConfig.read(ConfigFile.read(unet.resolve("config.json"))),
                        SafetensorsSource.open(unet, "diffusion_pytorch_model.safetensors"),
                        VaeConfig.read(ConfigFile.read(vae.resolve("config.json"))),
                        SafetensorsSource.open(vae, "diffusion_pytorch_model.safetensors"),
                        index.flag("force_zeros_for_empty_prompt", isListed(index, "text_encoder_2")),
                        ConfigFile.read(folder.resolve("scheduler").resolve("scheduler_config.json"))
                                .values())
                .checked();
    }

    /** No configuration says it: the number of text encoders does, and the kind of the first one. */
    private static ModelFamily family(ConfigFile index, ClipTextConfig text) {
        if (isListed(index, "text_encoder_2")) {
            return ModelFamily.SDXL;
        }
        return text.activation() == Activation.GELU ? ModelFamily.SD2 : ModelFamily.SD1;
    }

    private static Checkpoint.Text secondText(Path folder) throws ModelException {
        Path text = folder.resolve("text_encoder_2");
        ClipTextConfig config = ClipTextConfig.read(ConfigFile.read(text.resolve("config.json")));
        return new Checkpoint.Text(
                TokenizerFiles.read(folder.resolve("tokenizer_2"), config),
                config,
                SafetensorsSource.open(text, "model.safetensors"));
    }

    private static boolean isListed(ConfigFile index, String component) {
        Object value = index.values().get(component);
        return value != null && !(value instanceof List<?> pair && pair.stream().allMatch(part -> part == null));
    }

    private static void checkComponents(ConfigFile index) throws ModelException {
        for (String component : List.of("text_encoder_3", "transformer", "prior")) {
            if (isListed(index, component)) {
                throw new UnsupportedModelException(index.path() + " lists a " + component + " (pipeline "
                        + index.text("_class_name").orElse("unknown")
                        + "); only Stable Diffusion 1.x, 2.x and XL are supported");
            }
        }
        for (String component : List.of("text_encoder", "tokenizer", "unet", "vae", "scheduler")) {
            if (!isListed(index, component)) {
                throw new UnsupportedModelException(index.path() + " lists no " + component);
            }
        }
    }
}
