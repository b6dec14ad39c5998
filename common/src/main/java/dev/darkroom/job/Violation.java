package dev.darkroom.job;

/**
 * One rule that a job breaks.
 *
 * @param field where: the path to the field as in a JSON pointer, without the first slash, e.g. {@code prompt} or
 *     {@code output/quality}; empty for the document as a whole
 * @param message the rule and what was found; never the text of a prompt
 */
public record Violation(String field, String message) {
    @Override
    public String toString() {
        return field.isEmpty() ? message : field + ": " + message;
    }
}
