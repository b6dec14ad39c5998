package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.model.catalogue.ContentRange;
import dev.darkroom.worker.model.catalogue.FetchException;
import dev.darkroom.worker.model.catalogue.Fetcher;
import dev.darkroom.worker.model.catalogue.Source;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints in any bucket of the S3 API that the settings name, read with the same keys. Broken transfers are gone on
 * with by {@code Range} and {@code If-Match}.
 */
public final class S3ModelFetcher implements Fetcher<Source.S3> {
    private final S3Config config;
    private final S3Connection connection;

    /**
     * Connects lazily.
     *
     * @param connect the longest that a connection may take
     * @param silence the longest that the server may send nothing
     */
    public S3ModelFetcher(S3Config config, Duration connect, Duration silence) {
        this.config = config;
        this.connection = S3Connection.open(
                config,
                new OkHttpClient.Builder()
                        .connectTimeout(connect)
                        .readTimeout(silence)
                        .writeTimeout(silence));
    }

    @Override
    public Optional<Answer> open(Source.S3 source, long offset, Optional<String> version)
            throws FetchException, InterruptedException {
        if (Thread.interrupted()) { // the client looks at it only while it waits
            throw new InterruptedException();
        }
        GetObjectArgs.Builder object =
                GetObjectArgs.builder().bucket(source.bucket()).object(source.key());
        if (offset > 0 && version.isPresent()) {
            object.offset(offset).matchETag(version.get());
        }
        try {
            GetObjectResponse response = connection.client().getObject(object.build());
            return Optional.of(opened(source, response, offset));
        } catch (MinioException | RuntimeException e) { // unchecked: connection and credentials, see S3ResultStore
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (S3Failures.noSuchKey(e)) {
                return Optional.empty();
            }
            if (offset > 0 && (S3Failures.preconditionFailed(e) || S3Failures.invalidRange(e))) {
                return open(source, 0, Optional.empty());
            }
            throw failure(source, e);
        }
    }

    private static Answer opened(Source.S3 source, GetObjectResponse response, long offset) throws FetchException {
        try {
            return answer(source, response, offset);
        } catch (FetchException e) {
            try {
                response.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private static Answer answer(Source.S3 source, GetObjectResponse response, long offset) throws FetchException {
        Headers headers = response.headers();
        Optional<String> version = Optional.ofNullable(headers.get("ETag"));
        String range = headers.get("Content-Range");
        if (range == null) {
            return new Answer(0, number(headers.get("Content-Length")), version, response);
        }
        ContentRange part = ContentRange.parse(range)
                .filter(given -> given.start() == offset)
                .orElseThrow(() -> FetchException.lasting(
                        source.shown() + ": the server answers with another range than was asked for"));
        return new Answer(offset, OptionalLong.of(part.size()), version, response);
    }

    private static OptionalLong number(@Nullable String text) {
        try {
            return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private FetchException failure(Source.S3 source, Exception failure) {
        S3Config there = config.withBucket(source.bucket());
        if (S3Failures.isAbsentBucket(failure)) {
            return FetchException.lasting(
                    source.shown() + ": there is no such bucket at " + there.endpointText() + " (s3.endpoint)",
                    failure);
        }
        StorageException translated = new S3Failures(there).translate("read " + source.key(), failure);
        String message = source.shown() + ": " + translated.getMessage();
        if (S3Failures.isForbidden(failure)) {
            message += ". Keys that may not list a bucket are told so of absent objects too";
        }
        return translated.retriable()
                ? FetchException.passing(message, failure)
                : FetchException.lasting(message, failure);
    }

    @Override
    public void close() {
        connection.close();
    }
}
