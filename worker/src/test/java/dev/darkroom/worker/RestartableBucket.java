package dev.darkroom.worker;

import dev.darkroom.embedded.EmbeddedS3;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A real S3 server that goes away and comes back at the same address, with all that it had. */
final class RestartableBucket implements AutoCloseable {
    private final Path data;
    private final int port;
    private EmbeddedS3 server;

    /**
     * Starts it.
     *
     * @param data a folder of its own
     */
    RestartableBucket(Path data) throws IOException {
        this.data = data;
        this.server = EmbeddedS3.start(data, 0);
        this.port = server.port();
    }

    /** What points a worker at it. */
    Map<String, String> environment() {
        return Map.of("DARKROOM_S3_ENDPOINT", "http://127.0.0.1:" + port);
    }

    void goAway() throws IOException {
        server.close();
    }

    void comeBack() throws IOException {
        server = EmbeddedS3.start(data, port);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
