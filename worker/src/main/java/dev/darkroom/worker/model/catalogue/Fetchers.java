package dev.darkroom.worker.model.catalogue;

import java.util.Optional;

/** Who reads which kind of source. Closing it closes both. */
public record Fetchers(Fetcher<Source.Http> http, Fetcher<Source.S3> s3) implements AutoCloseable {

    /** As {@link Fetcher#open}. */
    Optional<Fetcher.Answer> open(Source.Remote source, long offset, Optional<String> version)
            throws FetchException, InterruptedException {
        if (source instanceof Source.Http web) {
            return http.open(web, offset, version);
        }
        return s3.open((Source.S3) source, offset, version);
    }

    @Override
    public void close() {
        try {
            http.close();
        } finally {
            s3.close();
        }
    }
}
