package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.diffusion.text.SpecialTokens;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
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

    static Checkpoint open(Path path) throws ModelException {
        SingleFileKind.refusePickle(path);
        SafetensorsFile file;
        try {
            file = SafetensorsFile.open(path);
        } catch (IOException e) {
            throw new ModelException(e.getMessage() == null ? path + " cannot be read" : e.getMessage(), e);
        }
        SingleFileKind.refuseOthers(file, path);
        Family family = SingleFileKind.family(file);
        SingleFilePrediction prediction = SingleFilePrediction.of(file, family);
        Checkpoint.Text text = text(file, path, family, family.text(), family.textPrefix());
        Shapes unet = new Shapes(path, SingleFileUnet.tensors(file));
        refuseMixture(path, family, unet);
        Shapes vae = new Shapes(path, SingleFileVae.tensors(file));
        return new Checkpoint(
                        path,
                        family.family(),
                        text.tokenizer(),
                        text.encoder(),
                        text.weights(),
                        family == Family.SDXL
                                ? Optional.of(text(file, path, family, TextKind.OPEN_CLIP, Family.SECOND_TEXT))
                                : Optional.empty(),
                        SingleFileUnet.config(unet, family, prediction.sampleSize()),
                        source(file, unet.tensors()),
                        SingleFileVae.config(vae, family.latentScale()),
                        source(file, vae.tensors()),
                        family == Family.SDXL,
                        scheduler(prediction, family))
                .checked();
    }

    /** The family is told from the text encoders; the UNet must be of the same, or heads and padding would be wrong. */
    private static void refuseMixture(Path path, Family family, Shapes unet) throws ModelException {
        boolean convolutions = unet.isConvolution("mid_block.attentions.0.proj_in.weight");
        boolean added = unet.has("add_embedding.linear_1.weight");
        if (convolutions != (family == Family.SD1) || added != (family == Family.SDXL)) {
            throw new UnsupportedModelException(path + " has text encoders of " + family + ", but a UNet of another"
                    + " family: not one of the published kinds of model");
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
        return new Checkpoint.Text(ClipVocabulary.tokenizer(special), config, source(file, shapes.tensors()));
    }

    private static SafetensorsSource source(SafetensorsFile file, Map<String, TensorEntry> tensors) {
        return SafetensorsSource.renamed(file, tensors);
    }

    /** The noise process that all of Stable Diffusion was trained with; XL was published with Euler's method. */
    private static Map<String, Object> scheduler(SingleFilePrediction prediction, Family family) {
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
                true,
                "prediction_type",
                prediction.type()));
        if (family == Family.SDXL) {
            config.put("_class_name", "EulerDiscreteScheduler");
            config.put("timestep_spacing", "leading");
        }
        if (prediction.zeroTerminalSnr()) {
            config.put("rescale_betas_zero_snr", true);
            config.put("timestep_spacing", "trailing");
        }
        return config;
    }
}
