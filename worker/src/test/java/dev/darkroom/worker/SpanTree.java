package dev.darkroom.worker;

import com.google.protobuf.ByteString;
import dev.darkroom.worker.tracing.OtlpCollector;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A delivery's span and its children. */
record SpanTree(Span root, List<Span> children) {
    /** What the span of a delivery is called. */
    static final String PROCESS = "process darkroom.jobs";

    static SpanTree of(Span root, List<Span> all) {
        return new SpanTree(
                root,
                all.stream()
                        .filter(span -> span.getParentSpanId().equals(root.getSpanId()))
                        .toList());
    }

    /** The deliveries of a job, in their order. */
    static List<Span> deliveries(List<Span> spans, String job) {
        return spans.stream()
                .filter(span -> span.getName().equals(PROCESS))
                .filter(span -> job.equals(attributes(span).get("darkroom.job.id")))
                .toList();
    }

    List<String> names() {
        return children.stream().map(Span::getName).toList();
    }

    Span child(String name) {
        return children.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Map<String, String> attributes(Span span) {
        return OtlpCollector.attributes(span.getAttributesList());
    }

    static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }
}
