package dev.darkroom.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.chaos.FaultyProxy.Way;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultyProxyTest {
    private static final int LIMIT_MILLIS = 20_000;
    private static final int SIZE = 100_000;

    private ServerSocket server;
    private FaultyProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        proxy = FaultyProxy.start(server.getLocalPort(), new SplittableRandom(1));
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    @Test
    void anOpenWayCarriesBothDirections() throws IOException {
        try (Socket client = connect();
                Socket served = server.accept()) {
            client.getOutputStream().write(7);
            assertThat(served.getInputStream().read()).isEqualTo(7);
            served.getOutputStream().write(new byte[SIZE]);
            assertThat(client.getInputStream().readNBytes(SIZE)).hasSize(SIZE);
            served.shutdownOutput();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(proxy.resets()).isZero();
        }
    }

    @Test
    void aRefusingWayResetsWhatIsThereAndWhatComes() throws IOException {
        try (Socket client = connect();
                Socket served = server.accept()) {
            proxy.set(Way.REFUSING);
            assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
            assertThatThrownBy(() -> served.getInputStream().read()).hasMessageContaining("reset");
        }
        try (Socket client = connect()) {
            assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
        }
    }

    @Test
    void aHangingWayKeepsTheBytesUntilItIsOpen() throws IOException {
        try (Socket client = connect();
                Socket served = server.accept()) {
            proxy.set(Way.HANGING);
            client.getOutputStream().write(7);
            served.setSoTimeout(200);
            assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            proxy.set(Way.OPEN);
            served.setSoTimeout(LIMIT_MILLIS);
            assertThat(served.getInputStream().read()).isEqualTo(7);
        }
    }

    @Test
    void aSlowWayCarriesAll() throws IOException {
        proxy.set(Way.SLOW);
        try (Socket client = connect();
                Socket served = server.accept()) {
            client.getOutputStream().write(7);
            assertThat(served.getInputStream().read()).isEqualTo(7);
        }
    }

    @Test
    void aResettingWayEndsWithinAPiece() throws IOException {
        proxy.set(Way.RESETTING);
        try (Socket client = connect();
                Socket served = server.accept()) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < SIZE; i++) {
                            client.getOutputStream().write(new byte[10]);
                            served.getInputStream().readNBytes(10);
                            served.getOutputStream().write(new byte[10]);
                            client.getInputStream().readNBytes(10);
                        }
                    })
                    .isInstanceOf(IOException.class);
            awaitResets(2); // of both its ends, the second one a moment behind the first
        }
    }

    private void awaitResets(int count) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        while (proxy.resets() != count) {
            assertThat(System.nanoTime()).as("time to see %d resets", count).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private Socket connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(LIMIT_MILLIS);
        return client;
    }
}
