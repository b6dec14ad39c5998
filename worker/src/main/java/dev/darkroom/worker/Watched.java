package dev.darkroom.worker;

import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.ops.JobWatch;

/**
 * Who hears of a delivery, and which trace its events belong to.
 *
 * @param watch to be closed when the delivery is over
 */
record Watched(JobWatch watch, TraceContext trace) {
    /** In the trace that the job's sender named, if any. */
    static Watched of(JobRecord record, JobWatch watch) {
        return new Watched(watch, trace(record));
    }

    /** Whether a record names a trace. */
    static boolean isTraced(JobRecord record) {
        return trace(record).traceparent().isPresent();
    }

    /** The trace that a record's headers name. */
    static TraceContext trace(JobRecord record) {
        return TraceContext.of(record.header(TraceContext.TRACEPARENT), record.header(TraceContext.TRACESTATE));
    }
}
