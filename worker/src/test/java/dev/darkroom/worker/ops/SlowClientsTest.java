package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Clients that begin a request and say no more. The server lets go of them after some seconds. */
class SlowClientsTest {
    /** Some stop within the head of their request, some within its body. */
    private static final List<String> BEGUN = List.of(
            "GET /status HTTP/1.1\r\nHost: loc",
            "POST /cancel HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\njob=");

    /** Where this machine takes so long for an answer that the clients are let go, nothing is seen: more of them come. */
    private static final int ATTEMPTS = 5;

    private record Clients(List<Socket> sockets) implements AutoCloseable {
        static Clients of(int port, int number) throws IOException {
            Clients clients = new Clients(new ArrayList<>());
            for (int k = 0; k < number; k++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                clients.sockets.add(socket);
                socket.setSoTimeout(1);
                socket.getOutputStream().write(BEGUN.get(k % BEGUN.size()).getBytes(StandardCharsets.US_ASCII));
            }
            return clients;
        }

        /** Whether the server still waits for all of them. */
        boolean hang() {
            return sockets.stream().allMatch(Clients::hangs);
        }

        private static boolean hangs(Socket socket) {
            try {
                socket.getInputStream().read();
                return false;
            } catch (SocketTimeoutException e) {
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aProbeIsAnsweredWhileTheyHang() throws Exception {
        try (AdminFixture admin = new AdminFixture(Optional.empty())) {
            boolean seen = false;
            for (int k = 0; k < ATTEMPTS && !seen; k++) {
                try (Clients clients = Clients.of(admin.port(), 24)) {
                    assertThat(admin.client().get("/livez").statusCode()).isEqualTo(200);
                    assertThat(admin.client().get("/metrics").statusCode()).isEqualTo(200);
                    seen = clients.hang();
                }
            }
            assertThat(seen).as("answered while all of them hung").isTrue();
        }
    }
}
