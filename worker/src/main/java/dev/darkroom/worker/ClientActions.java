package dev.darkroom.worker;

import dev.darkroom.client.JobClient;
import dev.darkroom.client.Lane;
import dev.darkroom.event.TraceContext;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.ops.JobActions;
import dev.darkroom.worker.tracing.Traces;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the admin page can do, done as any client does it: by records on the topics. The client is made when it is first
 * needed, and gives up on a broker that is away within the time that a browser waits. Safe for use by several threads.
 */
final class ClientActions implements JobActions, AutoCloseable {
    /** A job's sending takes three of these waits at most, and a browser gets no answer after ten seconds. */
    private static final int WAIT_MS = 2500;

    private final KafkaConfig kafka;
    private final String clientId;
    private final Optional<Traces> traces;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private Optional<JobClient> client = Optional.empty();
    private boolean closed;

    /**
     * Connects to nothing yet.
     *
     * @param traces where the jobs that are sent get their spans, if any
     */
    ClientActions(KafkaConfig kafka, String workerId, Optional<Traces> traces) {
        this.kafka = kafka;
        this.traces = traces;
        this.clientId = workerId + "-admin-page";
    }

    @Override
    public void cancel(String jobId) throws InterruptedException {
        client().cancel(jobId, Optional.of("asked for on the admin page"));
    }

    @Override
    public void submit(GenerationJob job, Lane lane) throws InterruptedException {
        SubmitCommand.submit(client(), kafka.topics(), job, lane, traces, TraceContext.NONE);
    }

    private JobClient client() throws InterruptedException {
        lock.lock();
        try {
            if (closed) {
                throw new InterruptedException("The worker stops");
            }
            JobClient present = client.orElseGet(this::connect);
            client = Optional.of(present);
            return present;
        } finally {
            lock.unlock();
        }
    }

    private JobClient connect() {
        Map<String, Object> properties = new HashMap<>(kafka.clientProperties());
        properties.put("client.id", clientId);
        properties.put("request.timeout.ms", WAIT_MS);
        properties.put("default.api.timeout.ms", WAIT_MS);
        properties.put("max.block.ms", WAIT_MS);
        properties.put("linger.ms", 0);
        properties.put("delivery.timeout.ms", WAIT_MS);
        return JobClient.create(properties, SubmitCommand.topics(kafka.topics()));
    }

    @Override
    public void close() {
        Optional<JobClient> last;
        lock.lock();
        try {
            closed = true;
            last = client;
            client = Optional.empty();
        } finally {
            lock.unlock();
        }
        last.ifPresent(JobClient::close);
    }
}
