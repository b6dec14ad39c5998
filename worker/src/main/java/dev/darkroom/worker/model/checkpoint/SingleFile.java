package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.diffusion.text.SpecialTokens;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint in one {@code .safetensors} file, in the layout that Stable Diffusion was published in and that most
 * trainers write. It has no configuration: all of it is told from names and shapes of the tensors. What else is in such
 * files, the moving average of the weights above all, is left alone.
 */
final class SingleFile {
    private SingleFile() {}

    static Checkpoint open(ModelFiles files) throws ModelException {
        Path path = files.checkpoint();
        SingleFileKind.refusePickle(path);
        SafetensorsFile file = SafetensorsSource.file(path);
        SingleFileKind.refuseOthers(file, path);
        Family family = files.family().map(Family::of).orElseGet(() -> SingleFileKind.family(file));
        SingleFileKind.requireNetworks(file, files, family);
        SingleFilePrediction prediction = SingleFilePrediction.of(file, family, files.predictionType());
        Checkpoint.Text text = text(file, path, family, family.text(), family.textPrefix());
        Shapes unet = new Shapes(path, SingleFileUnet.tensors(file));
        refuseMixture(files, family, unet);
        StoredVae vae = files.vae().isPresent()
                ? StoredVae.open(files.vae().get(), family)
                : StoredVae.ofCheckpoint(file, family);
        UnetConfig config = SingleFileUnet.config(unet, family, prediction.sampleSize());
        SingleFileBlocks.refuseOthers(unet, config);
        return new Checkpoint(
                        path,
                        Layout.SINGLE_FILE,
                        family.family(),
                        text.tokenizer(),
                        text.encoder(),
                        text.weights(),
                        family == Family.SDXL
                                ? Optional.of(text(file, path, family, TextKind.OPEN_CLIP, Family.SECOND_TEXT))
                                : Optional.empty(),
                        config,
                        SafetensorsSource.renamed(file, unet.tensors()),
                        vae.config(),
                        vae.weights(),
                        family == Family.SDXL,
                        prediction.type(),
                        scheduler(prediction, family, config.guidanceWidth().isPresent()))
                .checked();
    }

    /** The family is told from the text encoders; the UNet must be of the same, or heads and padding would be wrong. */
    private static void refuseMixture(ModelFiles files, Family family, Shapes unet) throws ModelException {
        boolean convolutions = unet.isConvolution("mid_block.attentions.0.proj_in.weight");
        boolean added = unet.has("add_embedding.linear_1.weight");
        if (convolutions == family.projectionIsLinear() || added != (family == Family.SDXL)) {
            String why = files.family().isPresent()
                    ? " is said to be " + family.label() + ", but has a UNet of another family"
                    : " has text encoders of " + family.label() + ", but a UNet of another family: not one of the"
                            + " published kinds of model";
            throw new UnsupportedModelException(files.checkpoint() + why);
        }
    }

    private static Checkpoint.Text text(SafetensorsFile file, Path path, Family family, TextKind kind, String prefix)
            throws ModelException {
        Shapes shapes = new Shapes(path, SingleFileText.tensors(file, kind, prefix));
        ClipTextConfig config = SingleFileText.config(shapes, kind, SingleFileText.layers(shapes, family));
        SpecialTokens special = kind.specialTokens();
        if (config.vocabulary() != ClipVocabulary.SIZE || config.tokens() != special.maxLength()) {
            throw new UnsupportedModelException(
                    path + ": the text encoder has " + config.vocabulary() + " tokens in rows of " + config.tokens()
                            + "; CLIP has " + ClipVocabulary.SIZE + " in rows of " + special.maxLength());
        }
        Map<String, TensorEntry> used = SingleFileText.used(shapes, config.layers());
        return new Checkpoint.Text(kind.tokenizer(), config, SafetensorsSource.renamed(file, used));
    }

    /**
     * The noise process that all of Stable Diffusion was trained with. XL was published with Euler's method; the models
     * that take their guidance in are latent consistency models, which other samplers make poor pictures with.
     */
    private static Map<String, Object> scheduler(
            SingleFilePrediction prediction, Family family, boolean takesGuidance) {
        Map<String, Object> config = new HashMap<>(Map.of(
                "_class_name",
                "DDIMScheduler",
                "num_train_timesteps",
                1000,
                "beta_start",
                0.00085,
                "beta_end",
                0.012,
                "beta_schedule",
                "scaled_linear",
                "set_alpha_to_one",
                false,
                "steps_offset",
                1,
                "clip_sample",
                false,
                "skip_prk_steps",
                true));
        if (family == Family.SDXL) {
            config.put("_class_name", "EulerDiscreteScheduler");
            config.put("timestep_spacing", "leading");
        }
        if (takesGuidance) {
            config.put("_class_name", "LCMScheduler");
        }
        if (prediction.zeroTerminalSnr()) {
            config.put("rescale_betas_zero_snr", true);
            config.put("timestep_spacing", "trailing");
        }
        return config;
    }
}
