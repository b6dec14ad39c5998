package dev.darkroom.worker;

import dev.darkroom.embedded.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.net.ssl.SSLSocket;

/** A port that shakes hands with whoever comes, with a certificate that is wrong somehow, and has nothing to say then. */
final class TlsPort implements AutoCloseable {
    private final ServerSocket socket;
    private final Thread thread;

    TlsPort(Identity identity) throws IOException {
        socket = identity.serverContext()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread = new Thread(this::serve, "tls-port");
        thread.start();
    }

    String address() {
        return "localhost:" + socket.getLocalPort();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (SSLSocket client = (SSLSocket) socket.accept()) {
                client.startHandshake();
                client.getInputStream().read();
            } catch (IOException e) {
                // The client has seen the certificate and gone away, or the test is over.
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
