package dev.darkroom.worker.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the name that a misspelt one was probably meant to be. */
final class Spelling {
    /** Names from outside may be long; nothing that long is a misspelling. */
    private static final int LONGEST = 200;

    private Spelling() {}

    /** The nearest of the known names, if no more than a third of its letters differ. */
    static Optional<String> nearest(String name, List<String> known) {
        if (name.length() > LONGEST) {
            return Optional.empty();
        }
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .filter(candidate -> distance(name, candidate) <= Math.max(1, candidate.length() / 3));
    }

    /** Levenshtein's distance: insertions, deletions and replacements from one to the other. */
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
