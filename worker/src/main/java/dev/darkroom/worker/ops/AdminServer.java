package dev.darkroom.worker.ops;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.darkroom.worker.config.AdminConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
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
 * 503, and other paths what its owner gives it. It has no access control, so it listens on the loopback address unless it is told otherwise.
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
        return start(config, live, unready, started, Map.of());
    }

    /**
     * The same with other paths beside them.
     *
     * @param pages by path; asked as the other suppliers are
     */
    public static AdminServer start(
            AdminConfig config,
            BooleanSupplier live,
            Supplier<Optional<String>> unready,
            BooleanSupplier started,
            Map<String, Supplier<AdminPage>> pages)
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
        Map<String, Supplier<AdminPage>> paths = new HashMap<>(pages);
        paths.put("/livez", () -> probe(obstacle(live)));
        paths.put("/readyz", () -> probe(unready.get()));
        paths.put("/startupz", () -> probe(obstacle(started)));
        server.createContext("/", exchange -> answer(exchange, paths));
        server.setExecutor(threads);
        server.start();
        return new AdminServer(server, threads);
    }

    private static Optional<String> obstacle(BooleanSupplier holds) {
        return holds.getAsBoolean() ? Optional.empty() : Optional.of("");
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

    private static void answer(HttpExchange exchange, Map<String, Supplier<AdminPage>> paths) throws IOException {
        try (exchange) {
            Supplier<AdminPage> page = paths.get(exchange.getRequestURI().getPath());
            String method = exchange.getRequestMethod();
            if (page == null) {
                respond(exchange, text(NOT_FOUND, "not found\n"));
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                respond(exchange, text(METHOD_NOT_ALLOWED, "method not allowed\n"));
            } else {
                respond(exchange, page.get());
            }
        }
    }

    private static AdminPage probe(Optional<String> obstacle) {
        return obstacle.isEmpty() ? text(OK, "ok\n") : text(UNAVAILABLE, unavailable(obstacle.get()));
    }

    private static AdminPage text(int status, String body) {
        return new AdminPage(status, "text/plain; charset=us-ascii", body);
    }

    /** One line, whatever the reason quotes. */
    private static String unavailable(String reason) {
        String line = reason.replaceAll("[^\\x20-\\x7e]", "?");
        String bounded = line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON);
        return bounded.isEmpty() ? "unavailable\n" : "unavailable: " + bounded + "\n";
    }

    private static void respond(HttpExchange exchange, AdminPage page) throws IOException {
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.contentType());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(page.status(), -1);
        } else {
            exchange.sendResponseHeaders(page.status(), body.length);
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
