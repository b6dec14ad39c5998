package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client may keep of an admin server. The JDK reads these bounds once in a process, so it has one of its own. */
class AdminLimitsIT {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern PORT = Pattern.compile("on port (\\d+)");

    /** Of a connection that asks nothing; the JDK's own bound is more than 30 s. */
    private static final int LET_GO_MILLIS = 25_000;

    private static final String REQUEST = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";

    @TempDir
    private Path folder;

    @Test
    void whoAsksNothingIsLetGoAndWhoAsksTooMuchIsRefused() throws Exception {
        try (TestStack stack = new TestStack()) {
            WorkerSetup.initialise(stack.config("init"));
            try (WorkerProcess exporter = WorkerProcess.start(folder, stack.environment(), "lag")) {
                check(port(exporter));
            }
        }
    }

    /** In the heap of the chart's exporter, which has 5 MB to spare. */
    @Test
    void clientsThatKeepAllTheyMayLeaveAnExporterWhole() throws Exception {
        try (TestStack stack = new TestStack()) {
            WorkerSetup.initialise(stack.config("init"));
            Map<String, String> environment = stack.environment();
            environment.put("_JAVA_OPTIONS", "-Xmx16m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss256k");
            try (WorkerProcess exporter = WorkerProcess.start(folder, environment, "lag")) {
                int port = port(exporter);
                List<Socket> slow = new ArrayList<>();
                try {
                    for (int k = 0; k < 95; k++) {
                        slow.add(connect(port));
                        begin(slow.get(k), k % 4 == 0 ? 60 : 150);
                    }
                    for (Socket client : slow) {
                        awaitEnd(client);
                    }
                } finally {
                    for (Socket client : slow) {
                        client.close();
                    }
                }
                try (Socket scraper = connect(port)) {
                    send(scraper, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                    assertThat(line(scraper)).contains(" 200 ");
                }
                assertThat(exporter.output()).doesNotContain("OutOfMemoryError");
            }
        }
    }

    /** Begins a request: 60 of these headers are almost all that it may have, more are too many. */
    private static void begin(Socket socket, int headers) throws IOException {
        StringBuilder request = new StringBuilder("GET /metrics HTTP/1.1\r\n");
        for (int k = 0; k < headers; k++) {
            request.append("X-").append(k).append(": ").append("x".repeat(80)).append("\r\n");
        }
        try {
            send(socket, request.toString());
        } catch (SocketException e) {
            // One more than there may be.
        }
    }

    private static void awaitEnd(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            // Ended by a reset.
        }
    }

    private static int port(WorkerProcess exporter) throws Exception {
        exporter.awaitOutput("/lag, /metrics", LIMIT);
        Matcher port = PORT.matcher(exporter.output());
        assertThat(port.find()).isTrue();
        return Integer.parseInt(port.group(1));
    }

    private static void check(int port) throws IOException {
        try (Socket silent = connect(port);
                Socket idle = connect(port)) {
            send(idle, REQUEST + "\r\n");
            assertThat(line(idle)).contains(" 200 ");
            assertThat(withHeader(port, 7 << 10)).contains(" 200 ");
            assertThat(withHeader(port, 9 << 10)).doesNotContain(" 200 ");

            // Else a SocketTimeoutException.
            silent.getInputStream().readAllBytes();
            idle.getInputStream().readAllBytes();
        }
    }

    /** The first line of the answer to a request with so many bytes of headers; empty if there was none. */
    private static String withHeader(int port, int bytes) throws IOException {
        try (Socket socket = connect(port)) {
            send(socket, REQUEST + "X-More: " + "x".repeat(bytes) + "\r\nConnection: close\r\n\r\n");
            return line(socket);
        } catch (SocketException e) {
            return "";
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(LET_GO_MILLIS);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String line(Socket socket) throws IOException {
        String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        return line == null ? "" : line;
    }
}
