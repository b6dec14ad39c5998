package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.AdminConfig;
import dev.darkroom.worker.config.HostNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By what names an admin server is asked that listens on all addresses, as in a container. */
class AdminNamesTest {
    private static final List<String> PAGES =
            List.of("/", "/status", "/assets/admin.js", "/pictures/1.jpg", "/cancel", "/submit");

    private AdminFixture admin;

    @BeforeEach
    void start() throws IOException {
        HostNames names = new HostNames(List.of("Darkroom.example.org"));
        admin = new AdminFixture(
                new AdminConfig("0.0.0.0", 0, names, Optional.of(new AdminConfig.Token(AdminFixture.TOKEN)), 3),
                System::nanoTime);
        admin.started = true;
        admin.unready = Optional.empty();
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    /** What a page of evil.example asks whose name was made to lead here. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:9464",
                "10.0.0.5.evil.example",
                "10.0.0.5.",
                "1234",
                "[evil.example]",
                "darkroom.example.org.evil.example",
                "example.org",
                ""
            })
    void anotherNameSeesNoPage(String host) throws IOException {
        for (String path : PAGES) {
            assertThat(firstLine(path, host)).as(path).contains(" 421 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "darkroom.example.org",
                "DARKROOM.example.org:8443",
                "localhost:9464",
                "127.0.0.1:9464",
                "10.0.0.5:9464",
                "[fd00::5]:9464"
            })
    void itsNamesAndAddressesSeeThePages(String host) throws IOException {
        assertThat(firstLine("/", host)).contains(" 200 ");
        assertThat(firstLine("/status", host)).contains(" 200 ");
        assertThat(firstLine("/cancel", host)).contains(" 405 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"darkroom-worker.default.svc:9464", "evil.example", ""})
    void whatMachinesAskForHasAnyName(String host) throws IOException {
        for (String path : List.of("/livez", "/readyz", "/startupz", "/metrics")) {
            assertThat(firstLine(path, host)).as(path).contains(" 200 ");
        }
    }

    /** KEDA asks by the name of a service. On a loopback address it is a browser that might. */
    @Test
    void theNumbersOfAnExporterHaveAnyNameInANetworkOnly() throws IOException {
        AdminSite site = AdminSite.of(
                new AdminSite.Health(() -> true, Optional::empty, () -> true),
                Map.of("/lag", () -> AdminReply.of(AdminReply.OK, "application/json", "{}")));
        try (AdminServer network = AdminServer.start(new AdminConfig("0.0.0.0", 0), site);
                AdminServer loopback = AdminServer.start(new AdminConfig("127.0.0.1", 0), site)) {
            assertThat(firstLine(network.port(), "/lag", "darkroom-lag:9464")).contains(" 200 ");
            assertThat(firstLine(loopback.port(), "/lag", "darkroom-lag:9464")).contains(" 421 ");
            assertThat(firstLine(loopback.port(), "/lag", "localhost:9464")).contains(" 200 ");
        }
    }

    @Test
    void aClientThatIsNoBrowserUsesItsAddress() throws Exception {
        assertThat(admin.client().get("/status").statusCode()).isEqualTo(200);
    }

    private String firstLine(String path, String host) throws IOException {
        return firstLine(admin.port(), path, host);
    }

    /** By hand, for a client in the JDK sets this header itself. */
    private static String firstLine(int port, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }
}
