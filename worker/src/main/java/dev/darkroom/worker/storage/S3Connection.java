package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.tls.TrustedAuthorities;
import io.minio.MinioClient;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;

/** A client of the S3 API that the settings name, and the connections below it. Closing it ends what is under way. */
record S3Connection(MinioClient client, OkHttpClient http) implements AutoCloseable {

    /**
     * Connects lazily.
     *
     * @param timeouts what the HTTP client begins with
     * @throws dev.darkroom.worker.config.ConfigException when {@code s3.ca-file} cannot be used
     */
    static S3Connection open(S3Config config, OkHttpClient.Builder timeouts) {
        config.caFile()
                .map(TrustedAuthorities::with)
                .ifPresent(
                        trusted -> timeouts.sslSocketFactory(trusted.context().getSocketFactory(), trusted.trust()));
        OkHttpClient http = timeouts.build();
        MinioClient client = MinioClient.builder()
                .endpoint(config.endpoint()
                        .map(Object::toString)
                        .orElse("https://s3." + config.region() + ".amazonaws.com"))
                .region(config.region())
                .credentialsProvider(S3Credentials.of(config, http))
                .httpClient(http, false)
                .build();
        if (config.pathStyle()) {
            client.disableVirtualStyleEndpoint();
        } else {
            client.enableVirtualStyleEndpoint();
        }
        return new S3Connection(client, http);
    }

    @Override
    public void close() {
        http.dispatcher().cancelAll();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
        try {
            http.dispatcher().executorService().awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
