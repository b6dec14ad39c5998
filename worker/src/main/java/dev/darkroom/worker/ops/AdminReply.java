package dev.darkroom.worker.ops;

import java.nio.charset.StandardCharsets;

/** What the admin server answers. */
@SuppressWarnings("ArrayRecordComponent") // a body on its way out: never compared, never hashed
public record AdminReply(int status, String contentType, byte[] body) {
    public static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int TOO_LARGE = 413;
    static final int MISDIRECTED = 421;
    static final int BAD_GATEWAY = 502;
    public static final int UNAVAILABLE = 503;

    static AdminReply text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text);
    }

    static AdminReply html(int status, String html) {
        return of(status, "text/html; charset=utf-8", html);
    }

    static AdminReply json(int status, String json) {
        return of(status, "application/json", json);
    }

    /** A text in UTF-8. */
    public static AdminReply of(int status, String contentType, String text) {
        return new AdminReply(status, contentType, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same without what its text tells beside the status. */
    AdminReply statusOnly() {
        return text(status, status == OK ? "ok\n" : "unavailable\n");
    }
}
