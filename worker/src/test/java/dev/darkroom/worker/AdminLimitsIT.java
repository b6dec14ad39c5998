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

    private static final int MOST_CONNECTIONS = 32;

    private static final String REQUEST = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";

    @TempDir
    private Path folder;

    @Test
    void whoAsksNothingIsLetGoAndWhatIsTooMuchIsRefused() throws Exception {
        try (TestStack stack = new TestStack()) {
            WorkerSetup.initialise(stack.config("init"));
            try (WorkerProcess exporter = WorkerProcess.start(folder, stack.environment(), "lag")) {
                check(port(exporter));
            }
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
            assertThat(answer(idle, REQUEST + "\r\n")).contains(" 200 ");
            assertThat(withHeader(port, 7 << 10)).contains(" 200 ");
            assertThat(withHeader(port, 9 << 10)).doesNotContain(" 200 ");

            // Else a SocketTimeoutException.
            silent.getInputStream().readAllBytes();
            idle.getInputStream().readAllBytes();
        }
        assertThat(answeredOf(40, port)).isBetween(1, MOST_CONNECTIONS);
    }

    /** Of so many clients that connect at once those that are answered. */
    private static int answeredOf(int number, int port) throws IOException {
        List<Socket> clients = new ArrayList<>();
        try {
            for (int k = 0; k < number; k++) {
                clients.add(connect(port));
            }
            int answered = 0;
            for (Socket client : clients) {
                answered += answer(client, REQUEST + "\r\n").contains(" 200 ") ? 1 : 0;
            }
            return answered;
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    private static String withHeader(int port, int bytes) throws IOException {
        try (Socket socket = connect(port)) {
            return answer(socket, REQUEST + "X-More: " + "x".repeat(bytes) + "\r\nConnection: close\r\n\r\n");
        }
    }

    /** The first line of the answer; empty if there was none. */
    private static String answer(Socket socket, String request) throws IOException {
        try {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            return line == null ? "" : line;
        } catch (SocketException e) {
            return "";
        }
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(LET_GO_MILLIS);
        return socket;
    }
}
