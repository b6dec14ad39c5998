package dev.darkroom.worker.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. It carries every problem, not only the first; it never carries a secret. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** One thing that is wrong, and the setting that it is wrong with. */
    public record Problem(String key, String message) {}

    public ConfigException(List<Problem> problems) {
        super(text(problems));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }

    private static String text(List<Problem> problems) {
        String heading = problems.size() == 1
                ? "The configuration has a problem:"
                : "The configuration has " + problems.size() + " problems:";
        return problems.stream()
                .map(problem -> "\n  " + problem.key() + ": " + problem.message())
                .collect(Collectors.joining("", heading, ""));
    }
}
