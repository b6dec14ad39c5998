package dev.darkroom.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** TCP ports of the loopback address. */
final class Ports {
    private Ports() {}

    /** Ports that nobody listens on at the moment, all different. */
    static List<Integer> free(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            // All are held until the last one is known, or the same port could come twice.
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    /**
     * Fails if somebody listens on the port. A server that meets a taken port itself fails later, half started, and
     * with a message that does not say for what the port was.
     *
     * @param port the port, 0 (any) is always free
     * @throws BindException if the port is taken or may not be used; the message is made for the user
     */
    static void requireFree(int port, String purpose) throws IOException {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("The port for " + purpose + " must be 0 to 65535, not " + port);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (BindException e) {
            BindException clear = new BindException(
                    "Port " + port + " for " + purpose + " cannot be used on 127.0.0.1: " + e.getMessage());
            clear.initCause(e);
            throw clear;
        }
    }
}
