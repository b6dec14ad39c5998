package dev.darkroom.worker.model;

import java.util.List;

/**
 * What a model takes of the memory.
 *
 * @param base the model without LoRAs, whose files it has mapped
 * @param own bytes that nobody else has
 * @param shared bytes of mapped files, pages that other sets of LoRAs of the base may have mapped too
 * @param mapped bytes of mapped files that the base itself shares: all sets together have no more
 */
record MemoryNeed(LoadKey base, long own, long shared, long mapped) {
    /** By a loader's estimates. */
    static MemoryNeed of(LoadKey base, ModelLoader loader, ModelFiles files) throws ModelException {
        long shared = loader.sharedMemory(files);
        long mapped = files.loras().isEmpty() ? shared : loader.sharedMemory(files.with(List.of()));
        return new MemoryNeed(base, loader.memory(files) - shared, shared, mapped);
    }

    /** All of it. */
    long total() {
        return own + shared;
    }

    /** The same, of {@code bytes} together if that is more. */
    MemoryNeed atLeast(long bytes) {
        return new MemoryNeed(base, Math.max(own, bytes - shared), shared, mapped);
    }
}
