package dev.darkroom.worker.intake;

import dev.darkroom.job.CancelRequest;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An action that waits for a cancel request. Safe for use by several threads. */
public final class CancelWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CancelWatch.class);

    private final CancelRequests requests;
    private final String jobId;
    private final Consumer<CancelRequest> action;

    CancelWatch(CancelRequests requests, String jobId, Consumer<CancelRequest> action) {
        this.requests = requests;
        this.jobId = jobId;
        this.action = action;
    }

    String jobId() {
        return jobId;
    }

    /** On the thread that brings all requests, which must live on. */
    void run(CancelRequest request) {
        try {
            action.accept(request);
        } catch (RuntimeException e) {
            LOG.error("Job {} could not be told that it is cancelled", jobId, e);
        }
    }

    /** Ends the waiting. The action of a request that arrives at this very moment may still run. Idempotent. */
    @Override
    public void close() {
        requests.remove(this);
    }
}
