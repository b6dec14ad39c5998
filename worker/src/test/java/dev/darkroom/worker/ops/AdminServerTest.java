package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.config.AdminConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private static final AdminConfig ANY_PORT = new AdminConfig("127.0.0.1", 0);

    private final AtomicBoolean live = new AtomicBoolean(true);
    private final AtomicReference<Optional<String>> unready = new AtomicReference<>(Optional.of("no"));
    private final AtomicBoolean started = new AtomicBoolean();
    private final HttpClient client = HttpClient.newHttpClient();

    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(ANY_PORT, live::get, unready::get, started::get);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void eachProbeAnswersForItself() throws Exception {
        started.set(true);

        assertThat(status("GET", "/livez")).isEqualTo(200);
        assertThat(status("GET", "/readyz")).isEqualTo(503);
        assertThat(status("GET", "/startupz")).isEqualTo(200);
    }

    @Test
    void aProbeFollowsTheState() throws Exception {
        assertThat(status("GET", "/readyz")).isEqualTo(503);
        unready.set(Optional.empty());
        assertThat(status("GET", "/readyz")).isEqualTo(200);
        assertThat(status("HEAD", "/readyz")).isEqualTo(200);
    }

    @Test
    void aWorkerThatTakesNoJobsSaysWhyInOneBoundedLine() throws Exception {
        unready.set(Optional.of("The bucket\r\nis away" + "é".repeat(1000)));
        assertThat(ask("GET", "/readyz").body())
                .startsWith("unavailable: The bucket??is away???")
                .hasSizeLessThan(600);
    }

    @Test
    void everythingElseIsRefused() throws Exception {
        assertThat(status("GET", "/")).isEqualTo(404);
        assertThat(status("GET", "/livez/../etc/passwd")).isEqualTo(404);
        assertThat(status("POST", "/livez")).isEqualTo(405);
    }

    @Test
    void aPortInUseIsNamedWithItsSetting() {
        assertThatThrownBy(() -> AdminServer.start(
                        new AdminConfig("127.0.0.1", server.port()), live::get, unready::get, started::get))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("admin.port")
                .hasMessageContaining(Integer.toString(server.port()));
    }

    private int status(String method, String path) throws IOException, InterruptedException {
        return ask(method, path).statusCode();
    }

    private HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(10))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
