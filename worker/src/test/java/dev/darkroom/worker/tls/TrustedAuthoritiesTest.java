package dev.darkroom.worker.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.darkroom.embedded.PrivateAuthority;
import dev.darkroom.worker.model.catalogue.FetchException;
import dev.darkroom.worker.model.catalogue.Fetcher;
import dev.darkroom.worker.model.catalogue.HttpFetcher;
import dev.darkroom.worker.model.catalogue.Source;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedAuthoritiesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] CONTENT = "weights".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path directory;

    @Test
    void aModelIsFetchedFromAServerOfAPrivateAuthority() throws Exception {
        PrivateAuthority authority = new PrivateAuthority("A company's own");
        Path file = Files.writeString(
                directory.resolve("ca.crt"),
                new PrivateAuthority("Another").certificate() + "\n" + authority.certificate());
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(
                new HttpsConfigurator(authority.server("localhost").serverContext()));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
            exchange.close();
        });
        server.start();
        Source.Http source = new Source.Http(
                URI.create("https://localhost:" + server.getAddress().getPort() + "/model.safetensors"));
        try (HttpFetcher trusting = new HttpFetcher(
                        PATIENCE,
                        PATIENCE,
                        Optional.of(TrustedAuthorities.with(file).context()));
                HttpFetcher other = new HttpFetcher(PATIENCE, PATIENCE)) {
            Fetcher.Answer answer = trusting.open(source, 0, Optional.empty()).orElseThrow();
            try (var body = answer.body()) {
                assertThat(body.readAllBytes()).isEqualTo(CONTENT);
            }
            assertThatThrownBy(() -> other.open(source, 0, Optional.empty()))
                    .isInstanceOfSatisfying(
                            FetchException.class,
                            failure -> assertThat(failure.passing()).isFalse())
                    .hasMessageContaining("not trusted here")
                    .hasMessageContaining("s3.ca-file");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void javasOwnAuthoritiesAreTrustedToo() throws Exception {
        Path file = Files.writeString(directory.resolve("ca.crt"), new PrivateAuthority("One").certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        List<X509Certificate> own =
                Arrays.asList(((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers());

        assertThat(TrustedAuthorities.with(file).trust().getAcceptedIssuers())
                .hasSize(own.size() + 1)
                .containsAll(own);
    }

    @Test
    void aBrokenConnectionIsNoFaultOfTls() {
        assertThat(TlsFailure.of(new SSLHandshakeException("Remote host terminated the handshake")))
                .isEmpty();
        assertThat(TlsFailure.of(new SSLException("Received fatal alert: internal_error")))
                .isEmpty();
        assertThat(TlsFailure.of(new SSLException("Received fatal alert: bad_certificate")))
                .map(TlsFailure::fault)
                .contains(TlsFailure.Fault.CLIENT);
    }
}
