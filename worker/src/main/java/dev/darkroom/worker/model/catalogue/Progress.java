package dev.darkroom.worker.model.catalogue;

import java.util.OptionalLong;

/** Is told how far a download is. Called by whichever thread downloads, for every few kilobytes. */
public interface Progress {
    /**
     * Bytes have come.
     *
     * @param file where it comes from, without secrets
     * @param done bytes that are here
     * @param total bytes of the whole file, where that is known
     */
    void at(String file, long done, OptionalLong total);
}
