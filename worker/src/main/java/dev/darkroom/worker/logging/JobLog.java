package dev.darkroom.worker.logging;

import dev.darkroom.event.TraceContext;
import org.slf4j.MDC;

/**
 * Whatever a thread logs while this is open says to which job and trace it belongs. To be opened and closed by that thread.
 */
public final class JobLog implements AutoCloseable {
    private static final String JOB = "job";
    private static final String TRACE = "trace_id";
    private static final String SPAN = "span_id";

    /** Begins with the trace; the job's id comes with {@link #identified}. */
    public JobLog(TraceContext trace) {
        trace.traceId().ifPresent(id -> MDC.put(TRACE, id));
        trace.spanId().ifPresent(id -> MDC.put(SPAN, id));
    }

    /** The job's id is known; called by the thread that the log is for. */
    static void identified(String jobId) {
        MDC.put(JOB, jobId);
    }

    @Override
    public void close() {
        MDC.remove(JOB);
        MDC.remove(TRACE);
        MDC.remove(SPAN);
    }
}
