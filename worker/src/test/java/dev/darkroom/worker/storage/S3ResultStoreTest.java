package dev.darkroom.worker.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.worker.config.S3Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3ResultStoreTest extends ResultStoreContract {
    @TempDir
    private static Path data;

    private static EmbeddedS3 s3;

    @BeforeAll
    static void startServer() throws IOException {
        s3 = EmbeddedS3.start(data, 0);
    }

    @AfterAll
    static void stopServer() throws IOException {
        s3.close();
    }

    @Override
    ResultStore newStore() {
        return new S3ResultStore(config(s3.endpoint(), EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY));
    }

    @Test
    void aWrongSecretKeyIsRefusedWithoutBeingShown() {
        assertRefused(EmbeddedS3.ACCESS_KEY, "not-the-secret");
    }

    @Test
    void anUnknownAccessKeyIsRefusedWithoutBeingShown() {
        assertRefused("nobody-knows-me", "not-the-secret");
    }

    private static void assertRefused(String accessKey, String secretKey) {
        try (ResultStore store = new S3ResultStore(config(s3.endpoint(), accessKey, secretKey))) {
            assertThatThrownBy(store::check)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("DARKROOM_S3_SECRET_KEY")
                    .message()
                    .doesNotContain(secretKey)
                    .doesNotContain("nobody-knows-me");
        }
    }

    @Test
    void aServerThatIsAwayIsNamedWithItsSetting() throws IOException {
        String nobody = "http://127.0.0.1:" + unusedPort();
        try (ResultStore store = new S3ResultStore(config(nobody, "key", "secret"))) {
            assertThatThrownBy(store::check)
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> org.assertj.core.api.Assertions.assertThat(e.retriable())
                                    .isTrue())
                    .hasMessageContaining(nobody)
                    .hasMessageContaining("DARKROOM_S3_ENDPOINT");
        }
    }

    private static S3Config config(String endpoint, String accessKey, String secretKey) {
        return new S3Config(
                Optional.of(URI.create(endpoint)),
                "us-east-1",
                "bucket-" + UUID.randomUUID(),
                "pictures",
                true,
                Optional.of(new S3Config.Keys(accessKey, secretKey)));
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
