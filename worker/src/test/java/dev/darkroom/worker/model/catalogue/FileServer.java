package dev.darkroom.worker.model.catalogue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server on this machine that can do what servers and networks do to a download. */
final class FileServer implements AutoCloseable {
    /** What was asked for. {@code range} is empty where there was none. */
    record Request(String path, String range, Optional<String> authorization) {}

    /** What happens to one answer. */
    sealed interface Mishap {
        /** The connection ends after so many bytes of the body. */
        record Cut(int after) implements Mishap {}

        /** After so many bytes nothing comes, until the latch is opened. */
        record Stall(int after, CountDownLatch until) implements Mishap {}

        record Status(int code) implements Mishap {}

        record Redirect(String location) implements Mishap {}

        /** Other bytes, as many. */
        record Garbled() implements Mishap {}
    }

    @SuppressWarnings("ArrayRecordComponent") // bytes to send: never compared
    private record Served(byte[] bytes, Optional<String> etag) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Served> files = new ConcurrentHashMap<>();
    private final Map<String, Queue<Mishap>> mishaps = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile boolean ranges = true;
    private volatile boolean sizes = true;

    FileServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    FileServer put(String path, byte[] bytes) {
        return put(path, bytes, Optional.of("\"" + Arrays.hashCode(bytes) + "\""));
    }

    FileServer put(String path, byte[] bytes, Optional<String> etag) {
        files.put(path, new Served(bytes, etag));
        return this;
    }

    void remove(String path) {
        files.remove(path);
    }

    /** The next answers for a path go wrong like that, one each; those after them go well. */
    void next(String path, Mishap... next) {
        mishaps.computeIfAbsent(path, p -> new ArrayDeque<>()).addAll(List.of(next));
    }

    void ignoreRanges() {
        ranges = false;
    }

    void hideSizes() {
        sizes = false;
    }

    Source.Http source(String path) {
        return new Source.Http(URI.create(url(path)));
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    List<Request> requests(String path) {
        return requests.stream().filter(request -> request.path().equals(path)).toList();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        requests.add(new Request(
                path,
                range.orElse(""),
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))));
        Optional<Mishap> mishap;
        synchronized (mishaps) {
            mishap = Optional.ofNullable(mishaps.get(path)).map(Queue::poll);
        }
        try (exchange) {
            if (mishap.orElse(null) instanceof Mishap.Status status) {
                exchange.sendResponseHeaders(status.code(), -1);
            } else if (mishap.orElse(null) instanceof Mishap.Redirect redirect) {
                exchange.getResponseHeaders().add("Location", redirect.location());
                exchange.sendResponseHeaders(302, -1);
            } else if (!files.containsKey(path)) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                serve(exchange, files.get(path), range, mishap);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(HttpExchange exchange, Served file, Optional<String> range, Optional<Mishap> mishap)
            throws IOException, InterruptedException {
        int from = 0;
        file.etag().ifPresent(tag -> exchange.getResponseHeaders().add("ETag", tag));
        Optional<String> ifRange =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("If-Range"));
        int size = file.bytes().length;
        if (ranges && range.isPresent() && (ifRange.isEmpty() || ifRange.equals(file.etag()))) {
            from = Integer.parseInt(range.get().replaceAll("bytes=(\\d+)-", "$1"));
            if (from >= size) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
        }
        boolean partial = exchange.getResponseHeaders().containsKey("Content-Range");
        exchange.sendResponseHeaders(partial ? 206 : 200, !sizes ? 0 : size == 0 ? -1 : size - from);
        if (size == 0) {
            return;
        }
        byte[] body = Arrays.copyOfRange(file.bytes(), from, size);
        int whole = body.length;
        if (mishap.orElse(null) instanceof Mishap.Cut cut) {
            exchange.getResponseBody().write(body, 0, Math.min(whole, cut.after()));
            exchange.getResponseBody().flush();
        } else if (mishap.orElse(null) instanceof Mishap.Stall stall) {
            exchange.getResponseBody().write(body, 0, Math.min(whole, stall.after()));
            exchange.getResponseBody().flush();
            stall.until().await();
        } else {
            if (mishap.orElse(null) instanceof Mishap.Garbled) {
                body[whole / 2] ^= 1;
            }
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
