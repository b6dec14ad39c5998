package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.PredictionType;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One model of a catalogue.
 *
 * @param id the name that jobs know it by
 * @param vae a VAE to use in place of the checkpoint's own
 * @param family what it is, where that cannot be told from it
 * @param predictionType likewise
 */
public record CatalogueEntry(
        String id,
        Origin origin,
        Optional<Origin> vae,
        Optional<ModelFamily> family,
        Optional<PredictionType> predictionType,
        Optional<Precision> precision,
        ModelDefaults defaults) {

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

    /** The model once its files are here. */
    ModelFiles files(Path checkpoint, Optional<Path> vaePath) {
        return new ModelFiles(id, checkpoint, vaePath, family, predictionType, precision, defaults);
    }
}
