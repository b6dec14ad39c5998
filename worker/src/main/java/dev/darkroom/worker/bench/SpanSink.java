package dev.darkroom.worker.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** Takes spans over OTLP/HTTP and keeps nothing: a collector that costs as little as one can. */
public final class SpanSink implements AutoCloseable {
    private final HttpServer server;

    private SpanSink(HttpServer server) {
        this.server = server;
    }

    /** Listens on a free port of the loopback address. */
    public static SpanSink open() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
        return new SpanSink(server);
    }

    /** What sends a worker's spans here. */
    public Map<String, String> environment() {
        return Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
