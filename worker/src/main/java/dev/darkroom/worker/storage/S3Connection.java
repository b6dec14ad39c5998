package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.tls.TrustedAuthorities;
import io.minio.MinioClient;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;

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
        OkHttpClient http = timeouts.addNetworkInterceptor(S3Connection::unheld).build();
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

    /**
     * A body larger than OkHttp's buffers goes out in several pieces, and Nagle's algorithm (RFC 896) would hold the last
     * one until the server has acknowledged those before, which it delays (RFC 1122, 4.2.3.2).
     */
    private static Response unheld(Interceptor.Chain chain) throws IOException {
        Connection connection = Objects.requireNonNull(chain.connection()); // network interceptors come after it
        connection.socket().setTcpNoDelay(true);
        return chain.proceed(chain.request());
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
