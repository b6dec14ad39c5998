package dev.darkroom.worker.ops;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.darkroom.worker.config.AdminConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's own HTTP port, for whoever runs it; what is there, says {@link AdminSite}. Whoever can open it can read it,
 * so it listens on the loopback address unless it is told otherwise.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
    /**
     * Each may keep a thread for as long as it is slow: a probe waits for nobody. And each may keep memory: with the bounds of
     * headers 40 KB, of the 5 MB that an exporter in a heap of 16 has left.
     */
    private static final int MOST_CONNECTIONS = 32;

    private static final int IDLE_SECONDS = 10;
    private static final int WAITING_ACTIONS = 4;
    /** An action that has waited longer for its turn is not begun: its asker would have gone before it is done, and ask anew. */
    private static final long LONGEST_TURN_NANOS = 2_000_000_000L;

    private static final String REQUEST_SECONDS = "5";
    /** How often those are looked for that ask nothing. */
    private static final String IDLE_LOOK_MILLIS = "1000";

    /** An action waits for Kafka; its answer must come within this. */
    private static final String RESPONSE_SECONDS = "10";

    /** Of what may be in memory for each connection. The JDK's own bounds are 380 KiB and 200. */
    private static final String LARGEST_HEADERS = Integer.toString(8 << 10);

    private static final String MOST_HEADERS = "64";

    /** A form with two prompts of 4000 characters, each of them four bytes in UTF-8 and twelve when escaped. */
    private static final int LARGEST_BODY = 128 << 10;

    private static final AdminReply BUSY =
            AdminReply.text(AdminReply.UNAVAILABLE, "busy with other requests, and nothing was done; try again\n");

    /** Nothing from elsewhere, no script but the one file, no frame around it; and no address handed on. */
    private static final Map<String, String> SECURITY = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    private final HttpServer server;
    private final Origins origins;
    private final Map<String, Route> routes;
    private final ExecutorService readers;
    private final ExecutorService actions;
    private final LongSupplier nanoTime;

    private AdminServer(HttpServer server, Origins origins, Map<String, Route> routes, LongSupplier nanoTime) {
        this.server = server;
        this.origins = origins;
        this.routes = routes;
        // None is refused: a connection has a thread, and one more on its way back from the request before.
        this.readers = pool("admin", 0, 2 * MOST_CONNECTIONS, new SynchronousQueue<>());
        this.actions = pool("admin-action", 1, 1, new ArrayBlockingQueue<>(WAITING_ACTIONS));
        this.nanoTime = nanoTime;
    }

    private static ExecutorService pool(String name, int always, int most, BlockingQueue<Runnable> waiting) {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(always, most, IDLE_SECONDS, TimeUnit.SECONDS, waiting, task -> {
            Thread thread = new Thread(task, name + "-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts the server.
     *
     * @throws IOException when it cannot listen there; the message names the setting
     */
    public static AdminServer start(AdminConfig config, AdminSite site) throws IOException {
        return start(config, site, System::nanoTime);
    }

    /** The same with another clock. */
    static AdminServer start(AdminConfig config, AdminSite site, LongSupplier nanoTime) throws IOException {
        // Whoever connects and says nothing would keep a thread for ever; read once, when the first server is made.
        System.setProperty("sun.net.httpserver.maxReqTime", REQUEST_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", RESPONSE_SECONDS);
        // A connection that asks nothing is one of those that there may be, too.
        System.setProperty("sun.net.httpserver.idleInterval", REQUEST_SECONDS);
        System.setProperty("sun.net.httpserver.clockTick", IDLE_LOOK_MILLIS);
        System.setProperty("jdk.httpserver.maxConnections", Integer.toString(MOST_CONNECTIONS));
        System.setProperty("sun.net.httpserver.maxReqHeaderSize", LARGEST_HEADERS);
        System.setProperty("sun.net.httpserver.maxReqHeaders", MOST_HEADERS);
        // Head and body are written one by one: else the body waits 40 ms for the client to acknowledge the head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        InetAddress host = host(config);
        HttpServer server = listen(config, host);
        AdminServer started = new AdminServer(server, new Origins(host, config), site.routes(), nanoTime);
        server.createContext("/", started::handle);
        server.setExecutor(started.readers);
        server.start();
        return started;
    }

    private static InetAddress host(AdminConfig config) throws IOException {
        try {
            return InetAddress.getByName(config.host());
        } catch (UnknownHostException e) {
            throw new IOException(
                    "The admin server knows no address for " + config.host() + " (setting admin.host)", e);
        }
    }

    private static HttpServer listen(AdminConfig config, InetAddress host) throws IOException {
        try {
            return HttpServer.create(new InetSocketAddress(host, config.port()), 0);
        } catch (IOException e) {
            throw new IOException(
                    "The admin server cannot listen on " + config.host() + ":" + config.port()
                            + " (settings admin.host, admin.port): " + e.getMessage(),
                    e);
        }
    }

    /** Answers, or leaves that to the thread of actions: one that waits for Kafka keeps no probe from its answer. */
    private void handle(HttpExchange exchange) throws IOException {
        Headers given = exchange.getRequestHeaders();
        Map<String, String> headers = new HashMap<>();
        given.forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), first(values)));
        AdminRequest request = new AdminRequest(path(exchange), headers, new byte[0]);
        Optional<Route> found = route(request.path());
        if (found.isEmpty()) {
            respond(exchange, AdminReply.text(AdminReply.NOT_FOUND, "not found\n"));
        } else {
            handle(exchange, found.get(), request);
        }
    }

    private void handle(HttpExchange exchange, Route route, AdminRequest request) throws IOException {
        if (!origins.isAddressed(route.names(), request)) {
            respond(
                    exchange,
                    AdminReply.text(AdminReply.MISDIRECTED, "this server is not of that name (setting admin.names)\n"));
        } else if (!isMethod(route, exchange.getRequestMethod())) {
            respond(exchange, AdminReply.text(AdminReply.METHOD_NOT_ALLOWED, "method not allowed\n"));
        } else if (route.method() == Route.Method.GET) {
            AdminReply reply = answer(route, request);
            respond(exchange, origins.mayReadAll(route.names(), request) ? reply : reply.statusOnly());
        } else if (!origins.isOwn(request)) {
            respond(exchange, AdminReply.text(AdminReply.FORBIDDEN, "not from a page of another server\n"));
        } else {
            read(exchange, route, request);
        }
    }

    /** A body takes memory for as long as its sender pleases: only one that is of use is read. */
    private void read(HttpExchange exchange, Route route, AdminRequest request) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
        if (body.length > LARGEST_BODY) {
            respond(exchange, AdminReply.text(AdminReply.TOO_LARGE, "too large\n"));
        } else {
            act(exchange, route, new AdminRequest(request.path(), request.headers(), body));
        }
    }

    private static String path(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestURI().getPath()).orElse("");
    }

    private static String first(List<String> values) {
        return values.isEmpty() ? "" : values.get(0);
    }

    /** What is at a path, or at the folder that it is in. */
    private Optional<Route> route(String path) {
        String folder = path.substring(0, path.lastIndexOf('/') + 1);
        return Optional.ofNullable(routes.get(path))
                .or(() -> folder.length() > 1 ? Optional.ofNullable(routes.get(folder)) : Optional.empty());
    }

    private static boolean isMethod(Route route, String method) {
        return method.equals(route.method().name()) || (route.method() == Route.Method.GET && method.equals("HEAD"));
    }

    private void act(HttpExchange exchange, Route route, AdminRequest request) throws IOException {
        long asked = nanoTime.getAsLong();
        try {
            actions.execute(() -> {
                try {
                    boolean late = nanoTime.getAsLong() - asked > LONGEST_TURN_NANOS;
                    respond(exchange, late ? BUSY : answer(route, request));
                } catch (IOException e) {
                    log.debug("The answer to {} was not taken", request.path(), e);
                }
            });
        } catch (RejectedExecutionException e) {
            respond(exchange, BUSY);
        }
    }

    private static AdminReply answer(Route route, AdminRequest request) {
        try {
            return route.handler().answer(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return AdminReply.text(AdminReply.UNAVAILABLE, "the worker stops\n");
        } catch (RuntimeException e) {
            log.error("The admin server cannot answer {}", request.path(), e);
            return AdminReply.text(500, "internal error; the worker's log has its cause\n");
        }
    }

    private static void respond(HttpExchange exchange, AdminReply reply) throws IOException {
        try (exchange) {
            Headers headers = exchange.getResponseHeaders();
            SECURITY.forEach(headers::set);
            headers.set("Content-Type", reply.contentType());
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(reply.status(), -1);
            } else {
                exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
                exchange.getResponseBody().write(reply.body());
            }
        }
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        readers.shutdown();
        actions.shutdownNow();
        try {
            readers.awaitTermination(1, TimeUnit.SECONDS);
            actions.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
