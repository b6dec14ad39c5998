package dev.darkroom.worker.tracing;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.ops.BegunJob;
import dev.darkroom.worker.ops.JobWatch;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One delivery of a job as a span, from when its record was written to its settlement, with a child for each stage: queue,
 * admit, prepare, denoise, decode and encode of each picture, upload, settle. Steps are events of the denoising, and the
 * jobs that it shared calls with are its links: a span for each step would be most of the spans, and one for each call would
 * belong to several traces. Safe for use by several threads.
 */
public final class JobTrace implements JobWatch {
    /** Half of what the SDK keeps of a span; of more steps every second, third and so on is told. */
    private static final int MOST_STEPS = 64;

    private static final int MOST_LINKS = 32;
    private static final String DENOISE = "denoise";
    private static final String SETTLE = "settle";
    private static final Set<String> OF_A_PICTURE = Set.of("decode", "encode");

    private final Traces traces;
    private final Tracer tracer;
    private final Delivery delivery;
    private final InstantSource clock;
    private final Span job;
    private final Context context;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Set<String> linked = new HashSet<>();
    private final Map<String, Long> pictures = new HashMap<>(); // so many spans of each name
    private String id = "";
    private Stage stage;
    /** The stage before the settlement: it is the one that failed, if the settlement tells of a failure. */
    private Optional<Stopped> last = Optional.empty();

    private int steps = 1;
    private int told; // the latest step
    private boolean over;

    /** A stage that runs. */
    private record Stage(String name, Span span) {}

    /** A span that is to end at a time that has passed. */
    private record Stopped(Span span, Instant at) {}

    JobTrace(Traces traces, Delivery delivery, InstantSource clock) {
        this.traces = traces;
        this.tracer = traces.tracer();
        this.delivery = delivery;
        this.clock = clock;
        Instant now = clock.instant();
        Instant enqueued = delivery.enqueued().isAfter(now) ? now : delivery.enqueued();
        this.job = tracer.spanBuilder("process " + delivery.topic())
                .setParent(Propagation.parent(delivery.trace()))
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(enqueued)
                .setAttribute(Attribute.SYSTEM, "kafka")
                .setAttribute(Attribute.OPERATION, "process")
                .setAttribute(Attribute.TOPIC, delivery.topic())
                .setAttribute(Attribute.PARTITION, Integer.toString(delivery.partition()))
                .setAttribute(Attribute.OFFSET, delivery.offset())
                .setAttribute(Attribute.LANE, delivery.lane().label())
                .setAttribute(Attribute.ATTEMPT, (long) delivery.attempt())
                .setAttribute(Attribute.DELIVERY, (long) delivery.count())
                .startSpan();
        this.context = Context.root().with(job);
        child("queue").setStartTimestamp(enqueued).startSpan().end(now);
        this.stage = new Stage("admit", child("admit").setStartTimestamp(now).startSpan());
    }

    private SpanBuilder child(String name) {
        return tracer.spanBuilder(name).setParent(context);
    }

    /** The trace that the job's events belong to: this one; its sender's where there are no spans after all. */
    public TraceContext trace() {
        return job.getSpanContext().isValid() ? Propagation.of(job) : delivery.trace();
    }

    @Override
    public void identified(String jobId) {
        job.setAttribute(Attribute.JOB, jobId);
        locked(() -> id = jobId);
    }

    @Override
    public void begins(BegunJob begun) {
        job.setAttribute(Attribute.MODEL, begun.model())
                .setAttribute(Attribute.SCHEDULER, begun.scheduler())
                .setAttribute(Attribute.STEPS, (long) begun.steps())
                .setAttribute(Attribute.WIDTH, (long) begun.width())
                .setAttribute(Attribute.HEIGHT, (long) begun.height())
                .setAttribute(Attribute.PICTURES, (long) begun.pictures());
        locked(() -> steps = begun.steps());
    }

    @Override
    public void stepped(int done) {
        locked(() -> {
            Span span = stage.span();
            if (!stage.name().equals(DENOISE) || !span.isRecording()) {
                return;
            }
            int every = (steps + MOST_STEPS - 1) / MOST_STEPS;
            if (done > told && (done % every == 0 || done == steps)) { // each of its pictures tells
                told = done;
                span.addEvent("step", Attributes.of(Attribute.STEP, (long) done));
            }
            traces.neighbours(id).forEach((other, neighbour) -> link(span, other, neighbour));
        });
    }

    private void link(Span span, String other, SpanContext neighbour) {
        if (linked.size() < MOST_LINKS && linked.add(other)) {
            span.addLink(neighbour, Attributes.of(Attribute.JOB, other));
        }
    }

    @Override
    public void enters(String phase) {
        locked(() -> {
            if (over || stage.name().equals(phase)) { // an upload that is tried again goes on
                return;
            }
            Instant now = clock.instant();
            leave(now, phase.equals(SETTLE));
            SpanBuilder next = child(phase).setStartTimestamp(now);
            if (OF_A_PICTURE.contains(phase)) {
                next.setAttribute("darkroom.picture", pictures.merge(phase, 1L, Long::sum) - 1);
            }
            stage = new Stage(phase, next.startSpan());
            if (phase.equals(DENOISE)) {
                linked.clear();
                told = 0;
                traces.denoises(id, stage.span().getSpanContext());
            }
        });
    }

    /** Ends the stage that runs, or has it wait for the news of how the job ended. */
    private void leave(Instant now, boolean settling) {
        if (stage.name().equals(DENOISE)) {
            traces.hasDenoised(id, stage.span().getSpanContext());
        }
        if (settling) {
            last = Optional.of(new Stopped(stage.span(), now));
        } else {
            stage.span().end(now);
        }
    }

    @Override
    public void uploadFailed() {
        locked(() -> stage.span().addEvent("upload failed"));
    }

    @Override
    public void ended(JobEvent event, Optional<FailureCode> buried) {
        buried.ifPresent(code -> job.setAttribute(Attribute.DEAD_LETTER, code.name()));
        end(event.type(), code(event));
    }

    private static Optional<FailureCode> code(JobEvent event) {
        if (event instanceof JobEvent.Failed failed) {
            return Optional.of(failed.code());
        }
        if (event instanceof JobEvent.Retrying retrying) {
            return Optional.of(retrying.code());
        }
        return event instanceof JobEvent.Rejected rejected ? Optional.of(rejected.code()) : Optional.empty();
    }

    @Override
    public void handedBack() {
        end("handed_back", Optional.empty());
    }

    @Override
    public void leaseLost() {
        end("lost", Optional.empty());
    }

    @Override
    public void close() {
        handedBack(); // unless it ended otherwise: an interrupt or an error gave it back
    }

    /** The message of a failure stays out: it may have words of the job. */
    private void end(String outcome, Optional<FailureCode> code) {
        locked(() -> {
            if (over) {
                return;
            }
            over = true;
            leave(clock.instant(), false);
            code.ifPresent(failure -> last.ifPresent(stopped -> failed(stopped.span(), failure)));
            last.ifPresent(stopped -> stopped.span().end(stopped.at()));
            job.setAttribute(Attribute.OUTCOME, outcome);
            code.ifPresent(failure -> failed(job, failure));
            job.end(clock.instant());
        });
    }

    private static void failed(Span span, FailureCode code) {
        span.setStatus(StatusCode.ERROR, code.name());
        span.setAttribute(Attribute.ERROR, code.name());
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
