package dev.darkroom.worker.ops;

import dev.darkroom.worker.config.AdminConfig;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which pages of a browser may talk to the admin server. It answers only to names that it knows for its own: a page from
 * elsewhere whose name was made to lead here (DNS rebinding) has another one. An address is nobody's name, so in a network any
 * will do. And what changes something is taken only from its own pages. What is no browser tells neither, and needs the token
 * all the same. Immutable.
 */
final class Origins {
    /** A browser takes nothing else for an address: a name cannot end in a number, nor have brackets. */
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]{2,45}]");

    private final boolean loopback;
    private final Set<String> names = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));

    /**
     * For an address.
     *
     * @param config has the address as its setting has it, which may be a name
     */
    Origins(InetAddress bound, AdminConfig config) {
        this.loopback = bound.isLoopbackAddress();
        String literal = bound.getHostAddress().toLowerCase(Locale.ROOT);
        names.add(literal.contains(":") ? "[" + literal + "]" : literal);
        names.add(config.host().toLowerCase(Locale.ROOT));
        names.addAll(config.names().names());
    }

    /** Whether the request was meant for this server. */
    boolean isAddressed(Route.Names known, AdminRequest request) {
        return switch (known) {
            case ANY -> true;
            case ANY_OF_A_NETWORK -> !loopback || isOwnName(request);
            case OWN -> isOwnName(request);
        };
    }

    /** Whether more may be told than the status: why a worker is not ready is nothing for a page from elsewhere. */
    boolean mayReadAll(Route.Names known, AdminRequest request) {
        return known != Route.Names.ANY || isOwnName(request);
    }

    private boolean isOwnName(AdminRequest request) {
        return request.header("host")
                .map(Origins::name)
                .filter(name -> names.contains(name)
                        || (!loopback && ADDRESS.matcher(name).matches()))
                .isPresent();
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
