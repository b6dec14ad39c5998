package dev.darkroom.worker;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stands before an HTTP server, passes every byte on, and notes the first line of each request. */
final class RequestLog implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)\\s*$");

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private volatile boolean away;

    /** @param target the server's port on the loopback address */
    RequestLog(int target) throws IOException {
        this.target = target;
        new Thread(this::accept, "request-log").start();
    }

    String address() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** Method and path of each request so far, with a space between. */
    List<String> requests() {
        return List.copyOf(lines);
    }

    /** From now on nobody gets through. */
    void goAway() throws IOException {
        away = true;
        hangUp();
    }

    void comeBack() {
        away = false;
    }

    private void hangUp() throws IOException {
        for (Socket each : open) {
            each.close();
        }
        open.clear();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                if (away) {
                    client.close();
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                new Thread(() -> pass(client, server, true), "request-log-out").start();
                new Thread(() -> pass(server, client, false), "request-log-back").start();
            } catch (IOException e) {
                // Closed, or the server is gone: the client will notice.
            }
        }
    }

    private void pass(Socket from, Socket to, boolean requests) {
        try (from;
                to) {
            InputStream in = new BufferedInputStream(from.getInputStream());
            OutputStream out = to.getOutputStream();
            while (requests && copyRequest(in, out)) {
                out.flush();
            }
            in.transferTo(out);
        } catch (IOException e) {
            // Either side has hung up.
            return;
        }
    }

    /** One request, headers and body; false at the end of the connection. */
    private boolean copyRequest(InputStream in, OutputStream out) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return false;
            }
            head.append((char) next);
        }
        String[] first = head.substring(0, head.indexOf("\r\n")).split(" ", 3);
        lines.add(first[0] + " " + first[1]);
        out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        Matcher length = LENGTH.matcher(head);
        long left = length.find() ? Long.parseLong(length.group(1)) : 0;
        while (left > 0) {
            byte[] part = in.readNBytes((int) Math.min(left, 1 << 16));
            if (part.length == 0) {
                return false;
            }
            out.write(part);
            left -= part.length;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
        hangUp();
    }
}
