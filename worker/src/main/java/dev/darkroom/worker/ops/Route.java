package dev.darkroom.worker.ops;

/**
 * What is at a path.
 *
 * @param method {@code GET}, which answers HEAD too, or {@code POST}
 */
record Route(Method method, Handler handler) {
    /** How it is asked for. */
    enum Method {
        /** Answered at once. */
        GET,
        /** Changes something, so it is only for this server's own pages; may wait for Kafka. */
        POST
    }

    /** Answers a request, on the server's thread. */
    interface Handler {
        AdminReply answer(AdminRequest request) throws InterruptedException;
    }

    static Route get(Handler handler) {
        return new Route(Method.GET, handler);
    }

    static Route post(Handler handler) {
        return new Route(Method.POST, handler);
    }
}
