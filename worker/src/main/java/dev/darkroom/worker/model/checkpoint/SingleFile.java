package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.diffusion.text.ClipVocabulary;
import dev.darkroom.worker.model.ModelException;
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
        Family family = file.names().stream().anyMatch(name -> name.startsWith(SingleFileText.OPEN_CLIP))
                ? Family.SD2
                : Family.SD1;
        SingleFilePrediction prediction = SingleFilePrediction.of(file, family);

        Shapes text = new Shapes(path, SingleFileText.tensors(file, family));
        Shapes unet = new Shapes(path, SingleFileUnet.tensors(file));
        Shapes vae = new Shapes(path, SingleFileVae.tensors(file));
        ClipTextConfig textConfig = SingleFileText.config(text, file, family);
        if (textConfig.vocabulary() != ClipVocabulary.SIZE
                || textConfig.tokens() != family.specialTokens().maxLength()) {
            throw new ModelException(path + ": the text encoder has " + textConfig.vocabulary() + " tokens in rows of "
                    + textConfig.tokens() + "; CLIP has " + ClipVocabulary.SIZE + " in rows of "
                    + family.specialTokens().maxLength());
        }
        return new Checkpoint(
                        path,
                        ClipVocabulary.tokenizer(family.specialTokens()),
                        textConfig,
                        source(file, text.tensors()),
                        Optional.empty(),
                        SingleFileUnet.config(unet, family, prediction.sampleSize()),
                        source(file, unet.tensors()),
                        SingleFileVae.config(vae),
                        source(file, vae.tensors()),
                        false,
                        scheduler(prediction))
                .checked();
    }

    private static SafetensorsSource source(SafetensorsFile file, Map<String, TensorEntry> tensors) {
        return SafetensorsSource.renamed(file, tensors);
    }

    /** The noise process that all of Stable Diffusion was trained with. */
    private static Map<String, Object> scheduler(SingleFilePrediction prediction) {
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
                "prediction_type",
                prediction.type()));
        if (prediction.zeroTerminalSnr()) {
            config.put("rescale_betas_zero_snr", true);
            config.put("timestep_spacing", "trailing");
        }
        return config;
    }
}
