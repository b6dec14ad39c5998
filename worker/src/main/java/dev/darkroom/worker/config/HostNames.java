package dev.darkroom.worker.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names of a server as browsers have them in the header {@code Host}, without a port. Immutable.
 *
 * @param names in lower case
 */
public record HostNames(List<String> names) {
    /** No names. */
    public static final HostNames NONE = new HostNames(List.of());

    private static final Pattern NAME = Pattern.compile("[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?");
    private static final int MOST = 50;

    public HostNames {
        names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        Rules rules = new Rules().check(names.size() <= MOST, "admin.names", "must be " + MOST + " names at most");
        for (String name : names) {
            rules.check(NAME.matcher(name).matches(), "admin.names", "must be host names without ports", name);
        }
        rules.raise();
    }

    /** Those in a text, with commas between them; none where there is no text. */
    static HostNames of(Optional<String> text) {
        return new HostNames(text.stream()
                .flatMap(names -> Arrays.stream(names.split(",", -1)))
                .map(String::strip)
                .toList());
    }

    /** As in the setting. */
    @Override
    public String toString() {
        return String.join(",", names);
    }
}
