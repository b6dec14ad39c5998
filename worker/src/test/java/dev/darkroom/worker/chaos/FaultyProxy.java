package dev.darkroom.worker.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * A way to a server on the loopback address that can be disturbed. Safe for use by several threads; it has one for new
 * connections and two for each connection.
 */
final class FaultyProxy implements AutoCloseable {
    /** The state of the way, for all connections. */
    enum Way {
        OPEN,
        /** What is connected or connects is reset. */
        REFUSING,
        /** Bytes wait, as do new connections. */
        HANGING,
        /** Each piece waits for a moment. */
        SLOW,
        /** One piece in four ends its connection, after some of its bytes. */
        RESETTING
    }

    private static final int BACKLOG = 100;
    private static final int PIECE = 4096;
    private static final int PIECES_A_RESET = 4;
    private static final long SLOWNESS_MILLIS = 100;

    private final int target;
    private final RandomGenerator random;
    private final ServerSocket listener;
    private final Thread acceptor = new Thread(this::accept, "proxy-accept");
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger resets = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Way way = Way.OPEN;
    private boolean closed;

    private FaultyProxy(int target, RandomGenerator random, ServerSocket listener) {
        this.target = target;
        this.random = random;
        this.listener = listener;
    }

    /**
     * Opens a way.
     *
     * @param target the port of the server
     * @param random says which pieces are cut and where
     */
    static FaultyProxy start(int target, RandomGenerator random) throws IOException {
        FaultyProxy proxy =
                new FaultyProxy(target, random, new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
        proxy.acceptor.setDaemon(true);
        proxy.acceptor.start();
        return proxy;
    }

    int port() {
        return listener.getLocalPort();
    }

    /** How many connections were reset so far. */
    int resets() {
        return resets.get();
    }

    void set(Way next) {
        lock.lock();
        try {
            way = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (next == Way.REFUSING) {
            sockets.forEach(this::reset);
        }
    }

    private void accept() {
        for (int number = 1; !listener.isClosed(); number++) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                if (isRefusing()) {
                    reset(client);
                } else {
                    connect(client, number);
                }
            } catch (IOException e) {
                // Closed, or a client that is gone again; the next round tells.
            }
        }
    }

    private void connect(Socket client, int number) throws IOException {
        Socket server = new Socket();
        sockets.add(server);
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            reset(client);
            reset(server);
            throw e;
        }
        carry(client, server, "proxy-up-" + number);
        carry(server, client, "proxy-down-" + number);
    }

    private void carry(Socket from, Socket to, String name) {
        Thread thread = new Thread(
                () -> {
                    try {
                        carry(from, to);
                    } catch (IOException | InterruptedException e) {
                        reset(from);
                        reset(to);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The end of one direction is the end of both: neither side of HTTP closes by halves. */
    private void carry(Socket from, Socket to) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int size = in.read(piece); size >= 0; size = in.read(piece)) {
            int passed = passed(size);
            out.write(piece, 0, passed);
            if (passed < size) {
                throw new IOException("Reset on purpose");
            }
        }
        end(from);
        end(to);
    }

    /** Waits as long as the way asks for; how many of so many bytes go through. */
    private int passed(int size) throws IOException, InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(SLOWNESS_MILLIS);
            while (way == Way.SLOW && left > 0 && !closed) {
                left = changed.awaitNanos(left);
            }
            while (way == Way.HANGING && !closed) {
                changed.await();
            }
            if (closed || way == Way.REFUSING) {
                return 0;
            }
            boolean cut = way == Way.RESETTING && random.nextInt(PIECES_A_RESET) == 0;
            return cut ? random.nextInt(size) : size;
        } finally {
            lock.unlock();
        }
    }

    private boolean isRefusing() {
        lock.lock();
        try {
            return closed || way == Way.REFUSING;
        } finally {
            lock.unlock();
        }
    }

    private void reset(Socket socket) {
        if (sockets.remove(socket)) {
            resets.incrementAndGet();
            try {
                socket.setSoLinger(true, 0); // the close is a reset then
                socket.close();
            } catch (IOException e) {
                // It is gone already, which is what was wanted.
            }
        }
    }

    private void end(Socket socket) throws IOException {
        sockets.remove(socket);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        sockets.forEach(this::reset);
    }
}
