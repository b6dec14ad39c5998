package dev.darkroom.worker.model.catalogue;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@code Content-Range} header says (RFC 9110, section 14.4).
 *
 * @param start first byte of the part
 * @param size bytes of the whole
 */
public record ContentRange(long start, long size) {
    private static final Pattern BYTES = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");

    /** Reads a header; empty where it says something else. */
    public static Optional<ContentRange> parse(String header) {
        Matcher matcher = BYTES.matcher(header);
        return matcher.matches()
                ? Optional.of(new ContentRange(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }
}
