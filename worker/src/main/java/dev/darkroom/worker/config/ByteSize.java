package dev.darkroom.worker.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, as people write it: {@code 500MB}, {@code 12GB}, {@code 1GiB}. kB, MB, GB and TB are powers of 1000;
 * KiB, MiB, GiB and TiB are powers of 1024.
 *
 * @param bytes not negative
 */
public record ByteSize(long bytes) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18}) ?([a-zA-Z]{1,3})");

    private record Unit(String name, long bytes) {}

    /** The larger ones first. */
    private static final List<Unit> UNITS = List.of(
            new Unit("TiB", 1L << 40),
            new Unit("TB", 1_000_000_000_000L),
            new Unit("GiB", 1L << 30),
            new Unit("GB", 1_000_000_000L),
            new Unit("MiB", 1L << 20),
            new Unit("MB", 1_000_000L),
            new Unit("KiB", 1L << 10),
            new Unit("kB", 1_000L),
            new Unit("B", 1L));

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("A size has no sign, but is " + bytes);
        }
    }

    /** Reads a whole number and its unit; empty for everything else, and for more than a {@code long} holds. */
    public static Optional<ByteSize> parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return UNITS.stream()
                .filter(unit -> unit.name().equals(matcher.group(2)))
                .filter(unit -> amount <= Long.MAX_VALUE / unit.bytes())
                .map(unit -> new ByteSize(amount * unit.bytes()))
                .findFirst();
    }

    /** The largest unit that it is a multiple of; {@link #parse} reads it back. */
    @Override
    public String toString() {
        Unit unit = UNITS.stream()
                .filter(candidate -> bytes >= candidate.bytes() && bytes % candidate.bytes() == 0)
                .findFirst()
                .orElse(UNITS.get(UNITS.size() - 1));
        return bytes / unit.bytes() + unit.name();
    }
}
