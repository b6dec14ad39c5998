package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folder layout of diffusers: {@code model_index.json} and one folder for each component, with its {@code
 * config.json} and its weights.
 */
final class DiffusersFolder {
    static final String INDEX = "model_index.json";

    private DiffusersFolder() {}

    /** Reads configurations and headers; the weights themselves stay on the disk. */
    static Checkpoint open(ModelFiles files) throws ModelException {
        Path folder = files.checkpoint();
        ConfigFile index = index(files);
        ConfigFile scheduler = ConfigFile.read(folder.resolve("scheduler").resolve("scheduler_config.json"));
        Checkpoint.Text text = text(folder, "text_encoder", "tokenizer");
        boolean two = FolderKind.isListed(index, "text_encoder_2");
        Path unet = folder.resolve("unet");
        UnetConfig unetConfig = UnetConfig.read(ConfigFile.read(unet.resolve("config.json")));
        Family family = family(files, two, text.encoder(), unetConfig);
        StoredVae vae = files.vae().isPresent()
                ? StoredVae.open(files.vae().get(), family)
                : StoredVae.ofFolder(folder.resolve("vae"));
        return new Checkpoint(
                        folder,
                        Layout.DIFFUSERS_FOLDER,
                        family.family(),
                        text.tokenizer(),
                        text.encoder(),
                        text.weights(),
                        two ? Optional.of(text(folder, "text_encoder_2", "tokenizer_2")) : Optional.empty(),
                        unetConfig,
                        SafetensorsSource.open(unet, "diffusion_pytorch_model.safetensors"),
                        vae.config(),
                        vae.weights(),
                        index.flag("force_zeros_for_empty_prompt", two),
                        predictionType(files, scheduler),
                        scheduler.values())
                .checked();
    }

    /** The {@code model_index.json} of a model that can be run. */
    private static ConfigFile index(ModelFiles files) throws ModelException {
        Path folder = files.checkpoint();
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + " is neither a folder with a model in it nor a file");
        }
        if (Files.notExists(folder.resolve(INDEX)) && Files.exists(folder.resolve("config.json"))) {
            throw new ModelException(
                    folder + " is one network of a diffusers folder; give the folder that holds " + INDEX);
        }
        ConfigFile index = ConfigFile.read(folder.resolve(INDEX));
        List<String> needed = new ArrayList<>(List.of("text_encoder", "tokenizer", "unet", "scheduler"));
        if (files.vae().isEmpty()) {
            needed.add("vae");
        }
        FolderKind.refuseOthers(index, needed);
        return index;
    }

    private static Checkpoint.Text text(Path folder, String encoder, String tokenizer) throws ModelException {
        Path text = folder.resolve(encoder);
        ClipTextConfig config = ClipTextConfig.read(ConfigFile.read(text.resolve("config.json")));
        return new Checkpoint.Text(
                TokenizerFiles.read(folder.resolve(tokenizer), config),
                config,
                SafetensorsSource.open(text, "model.safetensors"));
    }

    /**
     * No configuration says it: the number of text encoders does, and the kind of the first one. What the operator says
     * goes before the latter, but not before what the networks are.
     */
    private static Family family(ModelFiles files, boolean two, ClipTextConfig text, UnetConfig unet)
            throws ModelException {
        if (files.family().isEmpty()) {
            return two ? Family.SDXL : text.activation() == Activation.GELU ? Family.SD2 : Family.SD1;
        }
        Family said = Family.of(files.family().get());
        boolean fits = said.projectionIsLinear() == unet.projectionIsLinear()
                && (said == Family.SDXL) == unet.added().isPresent()
                && (said == Family.SDXL) == two;
        if (!fits) {
            throw new UnsupportedModelException(files.checkpoint() + " is said to be " + said.label()
                    + ", but its UNet or its text encoders are not those of " + said.label());
        }
        return said;
    }

    private static PredictionType predictionType(ModelFiles files, ConfigFile scheduler) throws ModelException {
        if (files.predictionType().isPresent()) {
            return files.predictionType().get();
        }
        String type = scheduler.text("prediction_type").orElse(PredictionType.EPSILON.label());
        return PredictionType.of(type).orElseThrow(() -> scheduler.unsupported("prediction_type", type));
    }
}
