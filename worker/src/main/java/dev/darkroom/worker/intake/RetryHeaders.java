package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.RetryConfig;
import dev.darkroom.worker.config.TopicsConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The headers of a job that is tried again: which attempt comes next, when, and in which topic. Anyone can write such
 * headers, so what cannot be read or cannot be ours counts as absent. Stateless.
 */
public final class RetryHeaders {
    /** The attempt that comes next, counted from 1. */
    public static final String ATTEMPT = "darkroom-attempt";
    /** When it may begin, in milliseconds since 1970. */
    public static final String NOT_BEFORE = "darkroom-not-before";
    /** The topic that the job was taken from and goes back to. */
    public static final String ORIGIN = "darkroom-origin";

    /** What says how long a job has waited goes too: a retry has its own time. */
    private static final Set<String> REPLACED = Set.of(ATTEMPT, NOT_BEFORE, ORIGIN, DeferralHeaders.ENQUEUED);

    private static final int MOST_DIGITS = 18;

    private RetryHeaders() {}

    /** Which attempt at the job this record is: 1 when no header says so. */
    public static int attempt(JobRecord record) {
        return record.header(ATTEMPT)
                .flatMap(RetryHeaders::number)
                .filter(attempt -> attempt >= 1 && attempt <= RetryConfig.MOST_ATTEMPTS)
                .map(Long::intValue)
                .orElse(1);
    }

    /**
     * When the record is due. No later than the longest wait from now, whatever its header says: nothing else of ours is
     * later, and a record of the year 3000 would never leave the memory of the workers.
     *
     * @return {@code now} when no header says when
     */
    public static Instant due(JobRecord record, Instant now) {
        Duration wait = record.header(NOT_BEFORE)
                .flatMap(RetryHeaders::number)
                .map(millis -> Duration.between(now, Instant.ofEpochMilli(millis)))
                .orElse(Duration.ZERO);
        return now.plus(wait.compareTo(RetrySchedule.LONGEST_WAIT) > 0 ? RetrySchedule.LONGEST_WAIT : wait);
    }

    /** The topic that the record goes back to: the one in its header, if it is a lane's, else the normal lane's. */
    public static String origin(JobRecord record, TopicsConfig topics) {
        return record.header(ORIGIN)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .filter(topics.lanes()::containsValue)
                .orElse(topics.jobs());
    }

    /**
     * The record that waits in the retry topic for a job's next attempt: key and value byte for byte as they came, other
     * headers kept.
     *
     * @param job the record as it was taken from its topic
     * @param notBefore when the next attempt may begin
     */
    public static OutgoingRecord retry(JobRecord job, Instant notBefore, TopicsConfig topics) {
        List<JobRecord.Header> headers = without(REPLACED, job);
        headers.add(header(ATTEMPT, Integer.toString(attempt(job) + 1)));
        headers.add(header(NOT_BEFORE, Long.toString(notBefore.toEpochMilli())));
        headers.add(header(ORIGIN, job.topic()));
        return new OutgoingRecord(topics.retry(), job.key(), job.value(), headers);
    }

    /** The record's headers but for those of some names. */
    static List<JobRecord.Header> without(Set<String> names, JobRecord record) {
        List<JobRecord.Header> kept = new ArrayList<>(record.headers());
        kept.removeIf(header -> names.contains(header.name()));
        return kept;
    }

    private static JobRecord.Header header(String name, String value) {
        return new JobRecord.Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Decimal digits and nothing else. */
    static Optional<Long> number(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.US_ASCII);
        return text.length() <= MOST_DIGITS && text.matches("[0-9]+")
                ? Optional.of(Long.valueOf(text))
                : Optional.empty();
    }
}
