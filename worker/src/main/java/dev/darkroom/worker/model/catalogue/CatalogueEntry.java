package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.PredictionType;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One model of a catalogue, or what is used beside models.
 *
 * @param id the name that jobs know it by
 * @param vae a VAE to use in place of the checkpoint's own
 * @param family what it is, or is for, where that cannot be told from it
 * @param predictionType likewise
 * @param token the word that an embedding stands for, where it is not what its file or its id says
 */
public record CatalogueEntry(
        String id,
        Origin origin,
        Optional<Origin> vae,
        Optional<ModelFamily> family,
        Optional<PredictionType> predictionType,
        Optional<Precision> precision,
        ModelDefaults defaults,
        Kind kind,
        Optional<String> token) {
    /** What an entry is. */
    public enum Kind {
        MODEL,
        /** Changes models; jobs name it beside one. */
        LORA,
        /** A word for prompts of all models of its family: a textual inversion. */
        EMBEDDING
    }

    /** A model. */
    public CatalogueEntry(
            String id,
            Origin origin,
            Optional<Origin> vae,
            Optional<ModelFamily> family,
            Optional<PredictionType> predictionType,
            Optional<Precision> precision,
            ModelDefaults defaults) {
        this(id, origin, vae, family, predictionType, precision, defaults, Kind.MODEL, Optional.empty());
    }

    /** A checkpoint on this machine of which nothing is said. */
    static CatalogueEntry of(String id, Path checkpoint) {
        return new CatalogueEntry(
                id,
                new Origin(new Source.Local(checkpoint), Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ModelDefaults.NONE);
    }

    /** Something that is no model itself. */
    static CatalogueEntry of(
            Kind kind, String id, Origin origin, Optional<ModelFamily> family, Optional<String> token) {
        return new CatalogueEntry(
                id,
                origin,
                Optional.empty(),
                family,
                Optional.empty(),
                Optional.empty(),
                ModelDefaults.NONE,
                kind,
                token);
    }

    /** The model once its files are here. */
    ModelFiles files(Path checkpoint, Optional<Path> vaePath) {
        return new ModelFiles(id, checkpoint, vaePath, family, predictionType, precision, defaults);
    }
}
