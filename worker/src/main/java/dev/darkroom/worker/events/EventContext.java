package dev.darkroom.worker.events;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The trace that a job's events belong to: the W3C trace context that its producer sent along.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>
 */
public record EventContext(Optional<String> traceparent, Optional<String> tracestate) {
    /** An event of no trace. */
    public static final EventContext NONE = new EventContext(Optional.empty(), Optional.empty());

    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
    /** Printable ASCII, as long as the specification wants it to be carried at least. */
    private static final Pattern TRACESTATE = Pattern.compile("[\\x20-\\x7e]{1,512}");

    public EventContext {
        traceparent.ifPresent(value -> require(TRACEPARENT, "traceparent", value));
        tracestate.ifPresent(value -> require(TRACESTATE, "tracestate", value));
    }

    /** The context in the headers of a job's record. What is not well-formed is left out: a job never fails by it. */
    public static EventContext of(Optional<byte[]> traceparent, Optional<byte[]> tracestate) {
        Optional<String> parent = wellFormed(TRACEPARENT, traceparent);
        return parent.isEmpty() ? NONE : new EventContext(parent, wellFormed(TRACESTATE, tracestate));
    }

    private static Optional<String> wellFormed(Pattern pattern, Optional<byte[]> header) {
        return header.filter(bytes -> bytes.length <= 512)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .filter(value -> pattern.matcher(value).matches());
    }

    private static void require(Pattern pattern, String name, String value) {
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException("Not a " + name + ": \"" + value + "\"");
        }
    }
}
