package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads files of one kind of source. Safe for use by several threads; an interrupt ends a call.
 *
 * @param <S> the kind
 */
public interface Fetcher<S extends Source.Remote> extends AutoCloseable {
    /**
     * Opens a file from {@code offset} on, if it still is what it was; else from its beginning.
     *
     * @param version {@link Answer#version} of what lies before {@code offset}; empty where {@code offset} is 0
     * @return empty when there is no such file
     * @throws FetchException when the server does not answer, refuses, or answers nonsense
     */
    Optional<Answer> open(S source, long offset, Optional<String> version) throws FetchException, InterruptedException;

    /** Ends what is under way. */
    @Override
    void close();

    /**
     * The rest of a file. Closing it ends the transfer.
     *
     * @param start where it begins: the offset that was asked for, or 0
     * @param size of the whole file in bytes, empty where the server does not say it
     * @param version what changes when the file does, empty where the server gives nothing of the kind
     * @param body reading it fails with an {@link IOException} when the connection is lost or silent for too long
     */
    record Answer(long start, OptionalLong size, Optional<String> version, InputStream body) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }
    }
}
