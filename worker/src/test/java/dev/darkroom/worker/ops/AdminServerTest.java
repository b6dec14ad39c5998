package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.config.AdminConfig;
import dev.darkroom.worker.image.Picture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
    private AdminFixture admin;

    @BeforeEach
    void start() throws IOException {
        admin = new AdminFixture(Optional.empty());
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    @Test
    void eachProbeAnswersForItself() throws Exception {
        admin.started = true;

        assertThat(status("/livez")).isEqualTo(200);
        assertThat(status("/readyz")).isEqualTo(503);
        assertThat(status("/startupz")).isEqualTo(200);
    }

    @Test
    void aProbeFollowsTheState() throws Exception {
        assertThat(status("/readyz")).isEqualTo(503);
        admin.unready = Optional.empty();
        assertThat(status("/readyz")).isEqualTo(200);
        assertThat(admin.client()
                        .send("HEAD", "/readyz", HttpRequest.BodyPublishers.noBody())
                        .statusCode())
                .isEqualTo(200);
        admin.live = false;
        assertThat(status("/livez")).isEqualTo(503);
    }

    @Test
    void aWorkerThatTakesNoJobsSaysWhyInOneBoundedLine() throws Exception {
        admin.unready = Optional.of("The bucket\r\nis away" + "é".repeat(1000));
        assertThat(admin.client().get("/readyz").body())
                .startsWith("unavailable: The bucket??is away???")
                .hasSizeLessThan(600);
    }

    /** The JDK shows nobody the sockets of its server: what is left to look at is what it is told. */
    @Test
    void aBodyDoesNotWaitForTheClientToAcknowledgeTheHead() {
        assertThat(System.getProperty("sun.net.httpserver.nodelay")).isEqualTo("true");
    }

    @Test
    void everythingElseIsRefused() throws Exception {
        assertThat(status("/nothing")).isEqualTo(404);
        assertThat(status("/livez/../etc/passwd")).isEqualTo(404);
        assertThat(status("/assets/../AdminSite.class")).isEqualTo(404);
        assertThat(status("/assets/")).isEqualTo(404);
        assertThat(status("/pictures/1.jpg")).isEqualTo(404);
        assertThat(status("/pictures/99999999999999999999.jpg")).isEqualTo(404);
        assertThat(admin.client().post("/livez", "").statusCode()).isEqualTo(405);
        assertThat(status("/cancel")).isEqualTo(405);
        assertThat(admin.client()
                        .send("OPTIONS", "/cancel", HttpRequest.BodyPublishers.noBody())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void everyAnswerForbidsWhatTheBrowserNeedNotDo() throws Exception {
        for (String path : List.of("/", "/status", "/metrics", "/livez", "/assets/admin.js", "/nothing")) {
            HttpResponse<String> answer = admin.client().get(path);
            String policy =
                    answer.headers().firstValue("Content-Security-Policy").orElse("");
            assertThat(policy)
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'")
                    .doesNotContain("unsafe", "*", "data:", "http");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", "[::2]:80", ""})
    void onALoopbackAddressNoOtherNameIsAnswered(String host) throws Exception {
        assertThat(firstLine("GET /status HTTP/1.1\r\nHost: " + host + "\r\n")).contains(" 421 ");
        assertThat(firstLine("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\n")).contains(" 421 ");
        assertThat(firstLine("GET /status HTTP/1.1\r\n")).contains(" 421 ");
    }

    @Test
    void aProbeIsAnsweredByWhateverNameItAsks() throws Exception {
        admin.started = true;
        assertThat(firstLine("GET /livez HTTP/1.1\r\nHost: evil.example\r\n")).contains(" 200 ");
        assertThat(firstLine("GET /startupz HTTP/1.1\r\nHost: \r\n")).contains(" 200 ");
        assertThat(firstLine("GET /readyz HTTP/1.0\r\n")).contains(" 503 ");
    }

    /** The reason may have what the bucket's server says, and its address. */
    @ParameterizedTest
    @ValueSource(strings = {"Host: evil.example\r\n", "Host: \r\n", ""})
    void whyAWorkerIsNotReadyIsNotToldByOtherNames(String header) throws Exception {
        admin.unready = Optional.of("The bucket at http://s3.internal is away");
        assertThat(lines("GET /readyz HTTP/1.1\r\n" + header))
                .contains("unavailable")
                .noneMatch(line -> line.contains("s3.internal"));
        assertThat(lines("GET /readyz HTTP/1.1\r\nHost: localhost\r\n")).anyMatch(line -> line.contains("s3.internal"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:1", "127.0.0.1:9464", "[::1]:9464"})
    void theNamesOfTheLoopbackAddressAreAnswered(String host) throws Exception {
        assertThat(firstLine("GET /status HTTP/1.1\r\nHost: " + host + "\r\n")).contains(" 200 ");
    }

    private String firstLine(String request) throws IOException {
        return lines(request).get(0);
    }

    /** By hand, for a client in the JDK sets this header itself. */
    private List<String> lines(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), admin.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((request + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .lines()
                    .toList();
        }
    }

    @Test
    void metricsComeInTheFormatThatIsAskedFor() throws Exception {
        HttpResponse<String> plain = admin.client().get("/metrics");
        assertThat(plain.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain; version=0.0.4");
        assertThat(plain.body()).contains("sd_build_info{version=\"1.2.3\"} 1").doesNotContain("# EOF");
        HttpResponse<String> open = admin.client()
                .get(
                        "/metrics",
                        "Accept",
                        "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.3");
        assertThat(open.headers().firstValue("Content-Type").orElse("")).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
    }

    @Test
    void theLatestPicturesAreThereAndOlderOnesAreNot() throws Exception {
        for (int k = 0; k < 4; k++) {
            admin.pictures.add("job", new Picture(300, 200, new byte[300 * 200 * 3]));
        }
        assertThat(status("/pictures/1.jpg")).isEqualTo(404);
        HttpResponse<String> picture = admin.client().get("/pictures/4.jpg");
        assertThat(picture.statusCode()).isEqualTo(200);
        assertThat(picture.headers().firstValue("Content-Type")).contains("image/jpeg");
    }

    @Test
    void aPortInUseIsNamedWithItsSetting() {
        assertThatThrownBy(() -> AdminServer.start(
                        new AdminConfig("127.0.0.1", admin.port()),
                        new AdminSite(
                                new AdminConfig("127.0.0.1", 0),
                                new AdminSite.Health(() -> true, Optional::empty, () -> true),
                                admin.metrics,
                                () -> admin.status,
                                RecentPictures.NONE,
                                null)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("admin.port")
                .hasMessageContaining(Integer.toString(admin.port()));
    }

    private int status(String path) throws IOException, InterruptedException {
        return admin.client().get(path).statusCode();
    }
}
