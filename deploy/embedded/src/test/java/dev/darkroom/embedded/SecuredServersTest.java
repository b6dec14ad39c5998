package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.Certificates;
import okhttp3.tls.HandshakeCertificates;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.AuthenticationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The servers let in whom they should, by clients that have nothing of Darkroom's. */
class SecuredServersTest {
    private static final PrivateAuthority AUTHORITY = new PrivateAuthority("tests");

    @TempDir
    private static Path data;

    private static SecuredKafka kafka;

    @BeforeAll
    static void open() throws IOException {
        kafka = SecuredKafka.start(
                data.resolve("kafka"), AUTHORITY.server("localhost"), Map.of("ada", "enchantress"), Map.of());
    }

    @AfterAll
    static void close() {
        kafka.close();
    }

    private static Map<String, Object> password(String password) {
        Map<String, Object> client = trusting(kafka.passwordServers(), "SASL_SSL");
        client.put("sasl.mechanism", "SCRAM-SHA-512");
        client.put(
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"ada\" password=\""
                        + password + "\";");
        return client;
    }

    private static Map<String, Object> trusting(String servers, String protocol) {
        Map<String, Object> client = new HashMap<>();
        client.put("bootstrap.servers", servers);
        client.put("security.protocol", protocol);
        client.put("ssl.truststore.type", "PEM");
        client.put("ssl.truststore.certificates", AUTHORITY.certificate());
        return client;
    }

    private static String cluster(Map<String, Object> client) throws Exception {
        try (Admin admin = Admin.create(client)) {
            return admin.describeCluster().clusterId().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aPasswordOpensTheBroker() throws Exception {
        assertThat(cluster(password("enchantress"))).isNotBlank();
        assertThatThrownBy(() -> cluster(password("guess")))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(AuthenticationException.class);
    }

    @Test
    void aCertificateOpensTheBroker() throws Exception {
        Identity ada = AUTHORITY.client("ada");
        Map<String, Object> client = trusting(kafka.certificateServers(), "SSL");
        assertThatThrownBy(() -> cluster(client)).isInstanceOf(ExecutionException.class);
        client.put("ssl.keystore.type", "PEM");
        client.put("ssl.keystore.key", ada.key());
        client.put("ssl.keystore.certificate.chain", ada.certificate());

        assertThat(cluster(client)).isNotBlank();
        assertThat(ada.toString()).doesNotContain("PRIVATE KEY").contains("CN=ada");
    }

    @Test
    void theBucketSpeaksTls() throws Exception {
        HandshakeCertificates trusting = new HandshakeCertificates.Builder()
                .addTrustedCertificate(Certificates.decodeCertificatePem(AUTHORITY.certificate()))
                .build();
        OkHttpClient stranger = new OkHttpClient();
        OkHttpClient client = stranger.newBuilder()
                .sslSocketFactory(trusting.sslSocketFactory(), trusting.trustManager())
                .build();
        try (EmbeddedS3 s3 = EmbeddedS3.startSecured(data.resolve("s3"), AUTHORITY.server("localhost"))) {
            Request request = new Request.Builder().url(s3.endpoint()).build();
            try (Response answer = client.newCall(request).execute()) {
                assertThat(answer.code()).isBetween(200, 499);
            }
            assertThatThrownBy(() -> stranger.newCall(request).execute()).isInstanceOf(SSLException.class);
        }
    }
}
