package dev.darkroom.event;

import dev.darkroom.job.JobRules;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** The rules that the fields of events obey. A broken one is an {@link IllegalArgumentException}. */
final class EventRules {
    /** Wider than the rule for a job's id: a record without a readable id is told of under a name made for it. */
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9._-]{1,300}");

    private static final int MAX_MESSAGE = 16_384;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private EventRules() {}

    static void head(String jobId, int attempt, Optional<String> context) {
        if (!JOB_ID.matcher(jobId).matches()) {
            throw new IllegalArgumentException(
                    "job_id: must be 1 to 300 of A-Z a-z 0-9 . _ -, is " + JobRules.quoted(jobId));
        }
        atLeast("attempt", 1, attempt);
        context.flatMap(JobRules::context).ifPresent(broken -> {
            throw new IllegalArgumentException("context: " + broken);
        });
    }

    static void text(String field, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + ": must not be blank");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new IllegalArgumentException(field + ": must not have lone surrogates");
        }
    }

    /** The message made fit to be published: an event of a failure must not fail over what went wrong. */
    static String message(String message) {
        String cut = message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
        return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    static void sha256(String field, String value) {
        if (!SHA256.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    field + ": must be 64 lower-case hex digits, is " + JobRules.quoted(value));
        }
    }

    static void atLeast(String field, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException(field + ": must be at least " + least + ", is " + value);
        }
    }
}
