package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.model.catalogue.FetchException;
import dev.darkroom.worker.model.catalogue.Fetcher;
import dev.darkroom.worker.model.catalogue.FetcherContract;
import dev.darkroom.worker.model.catalogue.Source;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3ModelFetcherTest extends FetcherContract<Source.S3> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    private static Path data;

    private static EmbeddedS3 s3;

    private String bucket = "";

    @BeforeAll
    static void startServer() throws IOException {
        s3 = EmbeddedS3.start(data, 0);
    }

    @AfterAll
    static void stopServer() throws IOException {
        s3.close();
    }

    @Override
    protected Fetcher<Source.S3> newFetcher() {
        return fetcher(s3.endpoint(), EmbeddedS3.SECRET_KEY);
    }

    @Override
    protected Source.S3 put(String name, byte[] bytes) throws Exception {
        if (bucket.isEmpty()) {
            bucket = "models-" + UUID.randomUUID();
            s3.createBucket(bucket);
        }
        Uploads.put(config(s3.endpoint(), EmbeddedS3.SECRET_KEY), bucket, name, bytes);
        return new Source.S3(bucket, name);
    }

    @Override
    protected Source.S3 absentBeside(Source.S3 source) {
        return new Source.S3(source.bucket(), "absent");
    }

    @Override
    protected Fetcher<Source.S3> fetcherOfNobody() {
        return fetcher("http://127.0.0.1:1", "secret");
    }

    @Override
    protected Source.S3 sourceOfNobody() {
        return new Source.S3("nobodys-bucket", "model.safetensors");
    }

    @Test
    void anAbsentBucketIsNamed() {
        try (Fetcher<Source.S3> fetcher = newFetcher()) {
            assertLasting(fetcher, new Source.S3("no-such-bucket", "x"), "s3://no-such-bucket/x", "no such bucket");
        }
    }

    @Test
    void aWrongKeyIsRefusedWithoutBeingShown() throws Exception {
        Source.S3 source = put("model.safetensors", bytes(1, 10));
        try (Fetcher<Source.S3> fetcher = fetcher(s3.endpoint(), "not-the-secret")) {
            assertLasting(fetcher, source, source.shown(), "s3.secret-key");
            assertThatThrownBy(() -> fetcher.open(source, 0, Optional.empty()))
                    .message()
                    .doesNotContain("not-the-secret");
        }
    }

    private static void assertLasting(Fetcher<Source.S3> fetcher, Source.S3 source, String... named) {
        assertThatThrownBy(() -> fetcher.open(source, 0, Optional.empty()))
                .isInstanceOfSatisfying(
                        FetchException.class, e -> assertThat(e.passing()).isFalse())
                .hasMessageContainingAll(named);
    }

    private static Fetcher<Source.S3> fetcher(String endpoint, String secret) {
        return new S3ModelFetcher(config(endpoint, secret), PATIENCE, PATIENCE);
    }

    private static S3Config config(String endpoint, String secret) {
        return new S3Config(
                Optional.of(URI.create(endpoint)),
                "us-east-1",
                "results",
                "pictures",
                true,
                Optional.of(new S3Config.Keys(EmbeddedS3.ACCESS_KEY, secret)));
    }
}
