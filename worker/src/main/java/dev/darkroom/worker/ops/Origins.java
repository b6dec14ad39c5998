package dev.darkroom.worker.ops;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which pages of a browser may talk to the admin server. On a loopback address it answers only to the names of that: a page
 * from elsewhere whose name was made to lead here (DNS rebinding) has another one. And what changes something is taken only
 * from its own pages. What is no browser tells neither, and needs the token all the same. Immutable.
 */
final class Origins {
    private final boolean loopback;
    private final Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));

    /**
     * For an address.
     *
     * @param configured the address as the setting has it, which may be a name
     */
    Origins(InetAddress bound, String configured) {
        this.loopback = bound.isLoopbackAddress();
        String literal = bound.getHostAddress().toLowerCase(Locale.ROOT);
        names.add(literal.contains(":") ? "[" + literal + "]" : literal);
        names.add(configured.toLowerCase(Locale.ROOT));
    }

    /** Whether the request was meant for this server. */
    boolean isAddressed(AdminRequest request) {
        return !loopback
                || request.header("host")
                        .map(host -> names.contains(name(host)))
                        .orElse(false);
    }

    /** The name in {@code name:port}, of which an IPv6 address has brackets. */
    private static String name(String host) {
        int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
        return (end > 0 ? host.substring(0, end) : host).toLowerCase(Locale.ROOT);
    }

    /** Whether the request is from one of this server's pages, or from no page at all. */
    boolean isOwn(AdminRequest request) {
        boolean sameSite = request.header("sec-fetch-site")
                .map(site -> site.equals("same-origin") || site.equals("none"))
                .orElse(true);
        Optional<String> host = request.header("host").map(name -> name.toLowerCase(Locale.ROOT));
        boolean sameOrigin = request.header("origin")
                .map(origin -> host.isPresent() && authority(origin).equals(host))
                .orElse(true);
        return sameSite && sameOrigin;
    }

    private static Optional<String> authority(String origin) {
        try {
            return Optional.ofNullable(new URI(origin).getRawAuthority()).map(name -> name.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
