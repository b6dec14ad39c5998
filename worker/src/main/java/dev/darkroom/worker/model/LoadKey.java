package dev.darkroom.worker.model;

import java.util.Optional;

/**
 * What there is at most one of among {@link LoadedModels}.
 *
 * @param precision empty for the model's own
 */
record LoadKey(ModelVariant variant, Optional<Precision> precision) {
    /** The model's. */
    String id() {
        return variant.id();
    }

    /** The same without LoRAs. */
    LoadKey base() {
        return new LoadKey(ModelVariant.of(id()), precision);
    }
}
