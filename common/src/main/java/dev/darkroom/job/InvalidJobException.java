package dev.darkroom.job;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A record on the jobs topic that is not a valid job: every rule it breaks, and what of it could still be read. */
public final class InvalidJobException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Violation> violations;
    private final transient Optional<String> jobId;
    private final transient Optional<String> context;

    /**
     * @param violations every rule the job breaks, at least one
     * @param jobId the job's id, if it was there and is a valid one
     * @param context the job's context as JSON text, if it was there and is a valid one
     */
    public InvalidJobException(List<Violation> violations, Optional<String> jobId, Optional<String> context) {
        super(describe(violations));
        this.violations = List.copyOf(violations);
        this.jobId = jobId;
        this.context = context;
    }

    public List<Violation> violations() {
        return violations;
    }

    public Optional<String> jobId() {
        return jobId;
    }

    public Optional<String> context() {
        return context;
    }

    private static String describe(List<Violation> violations) {
        if (violations.isEmpty()) {
            throw new IllegalArgumentException("An invalid job breaks at least one rule: []");
        }
        return violations.stream().map(Violation::toString).collect(Collectors.joining("; "));
    }
}
