package dev.darkroom.worker.intake;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a dead letter lies in its topic. Its text form is {@code partition@offset}. */
public record LetterPosition(int partition, long offset) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})@([0-9]{1,18})");

    public LetterPosition {
        if (partition < 0 || offset < 0) {
            throw new IllegalArgumentException(
                    "Partition and offset must be at least 0, but are " + partition + " and " + offset);
        }
    }

    /** Reads the text form. */
    public static Optional<LetterPosition> parse(String text) {
        Matcher parts = TEXT.matcher(text);
        return parts.matches()
                ? Optional.of(new LetterPosition(Integer.parseInt(parts.group(1)), Long.parseLong(parts.group(2))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return partition + "@" + offset;
    }
}
