package dev.darkroom.worker.model;

import java.util.List;
import java.util.Optional;

/** Where models come from. Safe for use by several threads. */
public interface ModelRepository {
    /** All ids, sorted. */
    List<String> ids();

    /** Whether there is a model of that name; asks nobody. */
    default boolean has(String id) {
        return ids().contains(id);
    }

    /**
     * The files of a model, fetched if need be, which may take long; empty for an id that is not listed, whatever it
     * looks like. They stay where they are until they are closed.
     *
     * @throws ModelException when they cannot be had; a later try may succeed unless it is an
     *     {@link UnsupportedModelException}
     */
    Optional<HeldFiles> open(String id) throws ModelException, InterruptedException;

    /** Ids of all LoRAs, sorted. */
    default List<String> loraIds() {
        return List.of();
    }

    /**
     * The same with LoRAs, which are listed; see {@link #loraIds}.
     *
     * @throws ModelException as {@link #open(String)}
     */
    default Optional<HeldFiles> open(ModelVariant variant) throws ModelException, InterruptedException {
        if (!variant.loras().isEmpty()) {
            throw new UnsupportedModelException("There are no LoRAs beside the models: " + variant);
        }
        return open(variant.id());
    }

    /** Files that nobody removes while they are open. */
    interface HeldFiles extends AutoCloseable {
        ModelFiles files();

        @Override
        void close();
    }
}
