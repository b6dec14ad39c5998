package dev.darkroom.worker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.worker.config.S3Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** Whoever names such an object must not have the worker count its bucket as away, and wait for it. */
    @ParameterizedTest
    @CsvSource({
        "403, AccessDenied",
        "403, InvalidObjectState",
        "400, InvalidRequest",
        "400, KMS.DisabledException",
        "400, XMinioInvalidObjectName"
    })
    void anObjectThatCannotBeGivenIsNotTheBucketsFault(int status, String code) throws Exception {
        assertThatThrownBy(() -> read(status, code))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.isOfObject()).isTrue())
                .hasMessageContainingAll("Object inputs/a.png in bucket", code);
    }

    @ParameterizedTest
    @CsvSource({"403, InvalidAccessKeyId", "404, NoSuchBucket", "503, SlowDown", "400, KMS.ThrottlingException"})
    void whatIsTheBucketsFaultIsNotTheObjects(int status, String code) {
        assertThatThrownBy(() -> read(status, code))
                .isInstanceOfSatisfying(
                        StorageException.class,
                        failure -> assertThat(failure.isOfObject()).isFalse());
    }

    /** From a server that answers so. */
    private static Optional<byte[]> read(int status, String code) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] answer = ("<Error><Code>" + code + "</Code><Message>No</Message></Error>").getBytes(UTF_8);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/xml");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
        try (ResultStore store = new S3ResultStore(config(endpoint, EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY))) {
            return store.read("inputs/a.png", 10);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aServerThatIsAwayIsNamedWithItsSetting() {
        String nobody = "http://127.0.0.1:1";
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
}
