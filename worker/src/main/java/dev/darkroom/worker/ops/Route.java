package dev.darkroom.worker.ops;

/**
 * What is at a path.
 *
 * @param method {@code GET}, which answers HEAD too, or {@code POST}
 * @param names which names of the server it may be asked for by
 */
record Route(Method method, Names names, Handler handler) {
    /** How it is asked for. */
    enum Method {
        /** Answered at once. */
        GET,
        /** Changes something, so it is only for this server's own pages; may wait for Kafka. */
        POST
    }

    /** What the {@code Host} header of a request may say. */
    enum Names {
        /** Anything: tells a probe whether all is well, and why not to those only who know the server's name. */
        ANY,
        /** Anything, unless the server is on a loopback address: numbers for a machine that asks from the network. */
        ANY_OF_A_NETWORK,
        /** What the server knows for its own. */
        OWN
    }

    /** Answers a request, on the server's thread. */
    interface Handler {
        AdminReply answer(AdminRequest request) throws InterruptedException;
    }

    static Route get(Handler handler) {
        return new Route(Method.GET, Names.OWN, handler);
    }

    static Route probe(Handler handler) {
        return new Route(Method.GET, Names.ANY, handler);
    }

    static Route numbers(Handler handler) {
        return new Route(Method.GET, Names.ANY_OF_A_NETWORK, handler);
    }

    static Route post(Handler handler) {
        return new Route(Method.POST, Names.OWN, handler);
    }
}
