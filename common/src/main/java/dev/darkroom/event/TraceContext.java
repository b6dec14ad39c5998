package dev.darkroom.event;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The trace that a job and its events belong to, as their headers {@code traceparent} and {@code tracestate} tell it.
 *
 * @param tracestate what tracing systems add; only with a {@code traceparent}
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
public record TraceContext(Optional<String> traceparent, Optional<String> tracestate) {
    public static final String TRACEPARENT = "traceparent";
    public static final String TRACESTATE = "tracestate";

    /** No trace. */
    public static final TraceContext NONE = new TraceContext(Optional.empty(), Optional.empty());

    /** As long as the specification wants a state to be carried at least. */
    private static final int LONGEST = 512;

    private static final int TRACE_ID_AT = 3;
    private static final int SPAN_ID_AT = 36;
    /** Version, trace, span and flags; a version of 255 and ids of zeros are no trace. */
    private static final Pattern PARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
    /** Printable ASCII. */
    private static final Pattern STATE = Pattern.compile("[\\x20-\\x7e]{1," + LONGEST + "}");

    public TraceContext {
        traceparent.ifPresent(value -> require(PARENT, TRACEPARENT, value));
        tracestate.ifPresent(value -> require(STATE, TRACESTATE, value));
        if (traceparent.isEmpty() && tracestate.isPresent()) {
            throw new IllegalArgumentException("A tracestate without a traceparent belongs to no trace");
        }
    }

    /** The context in the headers of a record. What is not well-formed is left out: a job never fails by it. */
    public static TraceContext of(Optional<byte[]> traceparent, Optional<byte[]> tracestate) {
        Optional<String> parent = wellFormed(PARENT, traceparent);
        return parent.isEmpty() ? NONE : new TraceContext(parent, wellFormed(STATE, tracestate));
    }

    private static Optional<String> wellFormed(Pattern pattern, Optional<byte[]> header) {
        return header.filter(bytes -> bytes.length <= LONGEST)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .filter(value -> pattern.matcher(value).matches());
    }

    private static void require(Pattern pattern, String name, String value) {
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException("Not a " + name + ": \"" + value + "\"");
        }
    }

    /** The trace's id, 32 hexadecimal digits. */
    public Optional<String> traceId() {
        return traceparent.map(value -> value.substring(TRACE_ID_AT, SPAN_ID_AT - 1));
    }

    /** The id of the span that this is the context of, 16 hexadecimal digits. */
    public Optional<String> spanId() {
        return traceparent.map(value -> value.substring(SPAN_ID_AT, SPAN_ID_AT + 16));
    }

    /** The headers that tell it, none for {@link #NONE}. */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        traceparent.ifPresent(value -> headers.put(TRACEPARENT, value));
        tracestate.ifPresent(value -> headers.put(TRACESTATE, value));
        return headers;
    }
}
