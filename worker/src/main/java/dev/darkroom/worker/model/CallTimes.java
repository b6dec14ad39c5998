package dev.darkroom.worker.model;

import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How long a UNet's calls take on its device. Immutable.
 *
 * @param width of the pictures in pixels
 * @param height the same
 * @param byRows the time of a call of so many rows; at least one
 */
public record CallTimes(int width, int height, SortedMap<Integer, Duration> byRows) {
    /**
     * A row may take so much longer than in the best of the calls, in exchange for a smaller one. 3 % of it is what speaks for
     * larger calls only when a worker starts: each takes about a millisecond more then, however many rows it has.
     */
    private static final double TOLERANCE = 1.08;

    /** What is slower by less is not slower. */
    private static final double DOUBT = 1.05;

    public CallTimes {
        byRows = Collections.unmodifiableSortedMap(new TreeMap<>(byRows));
        if (width < 1
                || height < 1
                || byRows.isEmpty()
                || byRows.firstKey() < 1
                || !byRows.values().stream().allMatch(CallTimes::isTime)) {
            throw new IllegalArgumentException("A UNet's calls take time, and have rows, of pictures: not " + byRows
                    + " at " + width + "x" + height);
        }
    }

    /** Times of square pictures, such as a model's native ones. */
    public CallTimes(int side, SortedMap<Integer, Duration> byRows) {
        this(side, side, byRows);
    }

    /** Whether they are those of pictures of a size. */
    public boolean isOf(int otherWidth, int otherHeight) {
        return width == otherWidth && height == otherHeight;
    }

    private static boolean isTime(Duration duration) {
        return !duration.isNegative();
    }

    /**
     * How many rows of a call are worth it: the fewest whose time per row is at most 8 % above the shortest one. More
     * would only make all in the call wait for each other.
     */
    public int usefulRows() {
        double shortest = shortestNanosPerRow();
        return byRows.keySet().stream()
                .filter(rows -> nanosPerRow(rows) <= shortest * TOLERANCE)
                .findFirst()
                .orElseThrow();
    }

    /** The same for pictures of another size, as if a pixel were as much work in each: at least one. */
    public int usefulRows(int otherWidth, int otherHeight) {
        long rows = usefulRows() * ((long) width * height) / ((long) otherWidth * otherHeight);
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, rows));
    }

    /** Whether a row takes less time by more than 5 %, each in its best call. */
    public boolean shorterThan(CallTimes others) {
        return shortestNanosPerRow() * DOUBT < others.shortestNanosPerRow();
    }

    private double shortestNanosPerRow() {
        return byRows.keySet().stream().mapToDouble(this::nanosPerRow).min().orElseThrow();
    }

    /**
     * How long a call of any number of rows, of pictures of any size, presumably takes: between two numbers that were measured
     * as on a line, else by the row, and as if a pixel were as much work in each size.
     */
    public Duration expected(int rows, int otherWidth, int otherHeight) {
        double area = (double) otherWidth * otherHeight / ((double) width * height);
        return Duration.ofNanos((long) (nanos(rows) * area));
    }

    private double nanos(int rows) {
        SortedMap<Integer, Duration> more = byRows.tailMap(rows);
        SortedMap<Integer, Duration> fewer = byRows.headMap(rows);
        if (more.isEmpty()) {
            return nanosPerRow(byRows.lastKey()) * rows;
        }
        int above = more.firstKey();
        if (fewer.isEmpty()) {
            return nanosPerRow(above) * rows;
        }
        int below = fewer.lastKey();
        double part = (double) (rows - below) / (above - below);
        return time(below).toNanos()
                + part * (time(above).toNanos() - time(below).toNanos());
    }

    private double nanosPerRow(int rows) {
        return (double) time(rows).toNanos() / rows;
    }

    private Duration time(int rows) {
        Duration time = byRows.get(rows);
        if (time == null) {
            throw new IllegalArgumentException("No call of " + rows + " rows was measured");
        }
        return time;
    }

    /** For people: {@code 1 rows 5.1 ms, 2 rows 9.8 ms}. */
    @Override
    public String toString() {
        return byRows.keySet().stream()
                .map(rows -> String.format(
                        Locale.ROOT, "%d rows %.1f ms", rows, time(rows).toNanos() / 1e6))
                .collect(Collectors.joining(", "));
    }
}
