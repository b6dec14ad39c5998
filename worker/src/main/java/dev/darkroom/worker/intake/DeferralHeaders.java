package dev.darkroom.worker.intake;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The headers of a job that was put behind the other jobs of its lane, so that another tenant's come first. Anyone can
 * write such headers, so what cannot be read counts as absent. Stateless.
 */
public final class DeferralHeaders {
    /** How often that has happened. */
    public static final String DEFERRED = "darkroom-deferred";
    /** When the record was produced that was put behind first, in milliseconds since 1970. */
    public static final String ENQUEUED = "darkroom-enqueued";

    /**
     * How often a job is put behind the others at most. Enough for a tenant of few jobs to overtake one of many again and
     * again; few enough that the moves of a job, some milliseconds each, cost less than the job.
     */
    public static final int MOST_DEFERRALS = 50;

    private static final Set<String> ALL = Set.of(DEFERRED, ENQUEUED);

    private DeferralHeaders() {}

    /** How often a job was put behind the others: 0 when no header says so. */
    static int deferrals(JobRecord record) {
        return record.header(DEFERRED)
                .flatMap(RetryHeaders::number)
                .map(count -> (int) Math.min(count, MOST_DEFERRALS))
                .orElse(0);
    }

    /** Since when a job has waited: not later than its record lies where it lies now, whatever its header says. */
    public static Instant enqueued(JobRecord record) {
        return record.header(ENQUEUED)
                .flatMap(RetryHeaders::number)
                .map(Instant::ofEpochMilli)
                .filter(time -> time.isBefore(record.timestamp()))
                .orElse(record.timestamp());
    }

    /**
     * The record that takes a job's place at the end of its lane: key, value and other headers byte for byte as they came.
     *
     * @return empty for a job that was put behind often enough
     */
    public static Optional<OutgoingRecord> defer(JobRecord job) {
        int deferrals = deferrals(job);
        if (deferrals >= MOST_DEFERRALS) {
            return Optional.empty();
        }
        List<JobRecord.Header> headers = new ArrayList<>(RetryHeaders.without(ALL, job));
        headers.add(header(DEFERRED, deferrals + 1));
        headers.add(header(ENQUEUED, enqueued(job).toEpochMilli()));
        return Optional.of(new OutgoingRecord(job.topic(), job.key(), job.value(), headers));
    }

    private static JobRecord.Header header(String name, long value) {
        return new JobRecord.Header(name, Long.toString(value).getBytes(StandardCharsets.UTF_8));
    }
}
