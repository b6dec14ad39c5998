package dev.darkroom.worker.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.darkroom.worker.config.AdminConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The worker's own HTTP port, for whoever runs it: {@code /livez}, {@code /readyz} and {@code /startupz} answer 200 or
 * 503. It has no access control, so it listens on the loopback address unless it is told otherwise.
 */
public final class AdminServer implements AutoCloseable {
    private static final int THREADS = 2;
    private static final String REQUEST_SECONDS = "5";
    private static final String MOST_CONNECTIONS = "100";
    private static final int LONGEST_REASON = 500;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private final HttpServer server;
    private final ExecutorService threads;

    private AdminServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts the server. The suppliers are asked at each request, from its threads, and must answer at once.
     *
     * @param live whether the process works at all; when not, it should be restarted
     * @param unready why it takes no jobs; empty while it does
     * @param started whether its start has ended
     * @throws IOException when it cannot listen there; the message names the setting
     */
    public static AdminServer start(
            AdminConfig config, BooleanSupplier live, Supplier<Optional<String>> unready, BooleanSupplier started)
            throws IOException {
        // Whoever connects and says nothing would keep a thread for ever; read once, when the first server is made.
        System.setProperty("sun.net.httpserver.maxReqTime", REQUEST_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", REQUEST_SECONDS);
        // What waits for the two threads is a connection each.
        System.setProperty("jdk.httpserver.maxConnections", MOST_CONNECTIONS);
        HttpServer server = listen(config);
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "admin-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        Map<String, Supplier<Optional<String>>> probes =
                Map.of("/livez", obstacle(live), "/readyz", unready, "/startupz", obstacle(started));
        server.createContext("/", exchange -> answer(exchange, probes));
        server.setExecutor(threads);
        server.start();
        return new AdminServer(server, threads);
    }

    private static Supplier<Optional<String>> obstacle(BooleanSupplier holds) {
        return () -> holds.getAsBoolean() ? Optional.empty() : Optional.of("");
    }

    private static HttpServer listen(AdminConfig config) throws IOException {
        InetAddress host;
        try {
            host = InetAddress.getByName(config.host());
        } catch (UnknownHostException e) {
            throw new IOException(
                    "The admin server knows no address for " + config.host() + " (setting admin.host)", e);
        }
        try {
            return HttpServer.create(new InetSocketAddress(host, config.port()), 0);
        } catch (IOException e) {
            throw new IOException(
                    "The admin server cannot listen on " + config.host() + ":" + config.port()
                            + " (settings admin.host, admin.port): " + e.getMessage(),
                    e);
        }
    }

    private static void answer(HttpExchange exchange, Map<String, Supplier<Optional<String>>> probes)
            throws IOException {
        try (exchange) {
            Supplier<Optional<String>> probe =
                    probes.get(exchange.getRequestURI().getPath());
            String method = exchange.getRequestMethod();
            if (probe == null) {
                respond(exchange, NOT_FOUND, "not found\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                respond(exchange, METHOD_NOT_ALLOWED, "method not allowed\n");
            } else {
                Optional<String> obstacle = probe.get();
                respond(
                        exchange,
                        obstacle.isEmpty() ? OK : UNAVAILABLE,
                        obstacle.map(AdminServer::unavailable).orElse("ok\n"));
            }
        }
    }

    /** One line, whatever the reason quotes. */
    private static String unavailable(String reason) {
        String line = reason.replaceAll("[^\\x20-\\x7e]", "?");
        String bounded = line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON);
        return bounded.isEmpty() ? "unavailable\n" : "unavailable: " + bounded + "\n";
    }

    private static void respond(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=us-ascii");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
        try {
            threads.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
