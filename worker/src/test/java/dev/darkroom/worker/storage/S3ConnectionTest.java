package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.embedded.Identity;
import dev.darkroom.embedded.PrivateAuthority;
import dev.darkroom.worker.config.S3Config;
import io.minio.PutObjectArgs;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLSocket;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3ConnectionTest {
    private static final String BUCKET = "pictures";

    @TempDir
    private Path directory;

    /** A socket as it is when a body begins. */
    private record Sent(boolean secured, boolean unheld) {}

    /** Looks at the socket of each body. */
    private static final class Sockets extends EventListener {
        private final List<Sent> sent = new CopyOnWriteArrayList<>();
        private volatile Socket acquired = new Socket();

        @Override
        public void connectionAcquired(Call call, Connection connection) {
            acquired = connection.socket();
        }

        @Override
        public void requestBodyStart(Call call) {
            try {
                sent.add(new Sent(acquired instanceof SSLSocket, acquired.getTcpNoDelay()));
            } catch (SocketException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void noPartOfAPictureWaitsForAnAcknowledgement() throws Exception {
        try (EmbeddedS3 s3 = EmbeddedS3.start(directory.resolve("data"), 0)) {
            assertThat(sockets(s3, Optional.empty())).containsExactly(new Sent(false, true), new Sent(false, true));
        }
    }

    @Test
    void norDoesItThroughTls() throws Exception {
        Identity server = new PrivateAuthority("A company's own").server("localhost");
        server.write(directory);
        try (EmbeddedS3 s3 = EmbeddedS3.startSecured(directory.resolve("data"), server)) {
            assertThat(sockets(s3, Optional.of(directory.resolve("ca.crt"))))
                    .containsExactly(new Sent(true, true), new Sent(true, true));
        }
    }

    /** Of two uploads, the second on the first one's connection. */
    private static List<Sent> sockets(EmbeddedS3 s3, Optional<Path> authority) throws IOException, MinioException {
        s3.createBucket(BUCKET);
        Sockets sockets = new Sockets();
        OkHttpClient.Builder listened = new OkHttpClient.Builder().eventListener(sockets);
        try (S3Connection connection = S3Connection.open(config(s3.endpoint(), authority), listened)) {
            for (String key : List.of("first", "second")) {
                connection
                        .client()
                        .putObject(PutObjectArgs.builder()
                                .bucket(BUCKET)
                                .object(key)
                                .data(new byte[20_000], 20_000)
                                .build());
            }
        }
        return sockets.sent;
    }

    private static S3Config config(String endpoint, Optional<Path> authority) {
        return new S3Config(
                Optional.of(URI.create(endpoint)),
                "us-east-1",
                BUCKET,
                "",
                "",
                true,
                Optional.of(new S3Config.Keys(EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY)),
                authority);
    }
}
