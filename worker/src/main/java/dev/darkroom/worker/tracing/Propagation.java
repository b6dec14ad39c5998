package dev.darkroom.worker.tracing;

import dev.darkroom.event.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Between the two headers of a record and OpenTelemetry's contexts. */
final class Propagation {
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<Map<String, String>> HEADERS = new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    };

    private Propagation() {}

    /** The context of spans that belong to a trace; a new trace's for none. */
    static Context parent(TraceContext trace) {
        return W3C.extract(Context.root(), trace.headers(), HEADERS);
    }

    /** What tells others of a span; nothing where there is none. */
    static TraceContext of(Span span) {
        Map<String, String> headers = new HashMap<>();
        W3C.inject(Context.root().with(span), headers, (carrier, name, value) -> {
            if (carrier != null) {
                carrier.put(name, value);
            }
        });
        return TraceContext.of(bytes(headers, TraceContext.TRACEPARENT), bytes(headers, TraceContext.TRACESTATE));
    }

    private static Optional<byte[]> bytes(Map<String, String> headers, String name) {
        return Optional.ofNullable(headers.get(name)).map(value -> value.getBytes(StandardCharsets.UTF_8));
    }
}
