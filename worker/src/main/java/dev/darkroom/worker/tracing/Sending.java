package dev.darkroom.worker.tracing;

import dev.darkroom.event.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;

/** The span of a job that is sent: the first of a job's trace. For one thread. */
public final class Sending implements AutoCloseable {
    private final Span span;

    Sending(Tracer tracer, String topic, String jobId, TraceContext parent) {
        this.span = tracer.spanBuilder("send " + topic)
                .setParent(Propagation.parent(parent))
                .setSpanKind(SpanKind.PRODUCER)
                .setAttribute(Attribute.SYSTEM, "kafka")
                .setAttribute(Attribute.OPERATION, "send")
                .setAttribute(Attribute.TOPIC, topic)
                .setAttribute(Attribute.JOB, jobId)
                .startSpan();
    }

    /** What the job's record says of its trace. */
    public TraceContext trace() {
        return Propagation.of(span);
    }

    /** The broker did not take it. What the exception says stays out: it may have words of the job. */
    public void failed(Exception cause) {
        span.setStatus(StatusCode.ERROR);
        span.setAttribute(Attribute.ERROR, cause.getClass().getName());
    }

    @Override
    public void close() {
        span.end();
    }
}
