package dev.darkroom.worker.model;

/**
 * What a model takes of the memory.
 *
 * @param base the model without LoRAs, whose files it has mapped
 * @param own bytes that nobody else has
 * @param shared bytes of mapped files, the same pages for all sets of LoRAs of the base
 */
record MemoryNeed(LoadKey base, long own, long shared) {
    /** All of it. */
    long total() {
        return own + shared;
    }

    /** The same, of {@code bytes} together if that is more. */
    MemoryNeed atLeast(long bytes) {
        return new MemoryNeed(base, Math.max(own, bytes - shared), shared);
    }
}
