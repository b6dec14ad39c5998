package dev.darkroom.worker.ops;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request to the admin server, its body read and bounded.
 *
 * @param headers names in lower case; of several of one name the first
 */
@SuppressWarnings("ArrayRecordComponent") // a body on its way to its reader: never compared, never hashed
record AdminRequest(String path, Map<String, String> headers, byte[] body) {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final int MOST_FIELDS = 50;

    AdminRequest {
        headers = Map.copyOf(headers);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Whether the asker wants JSON rather than a page. */
    boolean wantsJson() {
        return header("accept").orElse("").contains("application/json");
    }

    /** The body's fields; of several of one name the first. Empty when the body is no form. */
    Optional<Map<String, String>> form() {
        String type = header("content-type").orElse("").toLowerCase(Locale.ROOT);
        if (!type.equals(FORM) && !type.startsWith(FORM + ";")) {
            return Optional.empty();
        }
        List<String> pairs = List.of(new String(body, StandardCharsets.UTF_8).split("&", MOST_FIELDS + 1));
        if (pairs.size() > MOST_FIELDS) {
            return Optional.empty();
        }
        Map<String, String> fields = new HashMap<>();
        try {
            for (String pair : pairs) {
                String[] halves = pair.split("=", 2);
                fields.putIfAbsent(decoded(halves[0]), halves.length == 1 ? "" : decoded(halves[1]));
            }
        } catch (IllegalArgumentException e) { // a broken escape
            return Optional.empty();
        }
        return Optional.of(fields);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
