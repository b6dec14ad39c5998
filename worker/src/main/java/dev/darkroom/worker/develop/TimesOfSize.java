package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How long calls took that were made for jobs, of pictures of one model and size. Of those with so many rows the shortest one
 * counts, once there were two: the first one also takes memory. Belongs to one thread.
 */
final class TimesOfSize {
    /** The first one, and four as when a model is loaded: other work, such as the VAE's, makes single calls slow. */
    private static final int CALLS_OF_A_TRY = 5;

    private final SortedMap<Integer, Duration> shortest = new TreeMap<>();
    private final Map<Integer, Integer> calls = new HashMap<>(); // by rows
    private Optional<CallTimes> times = Optional.empty();

    /** Takes note of a call. */
    void note(DevelopRequest request, int rows, Duration time) {
        if (calls.merge(rows, 1, Integer::sum) == 1) {
            return;
        }
        Duration known = shortest.get(rows);
        if (known == null || time.compareTo(known) < 0) {
            shortest.put(rows, time);
            times = Optional.of(new CallTimes(request.width(), request.height(), shortest));
        }
    }

    /** What is known. */
    Optional<CallTimes> times() {
        return times;
    }

    /**
     * How many rows the next call may have: as many as are worth it, by what is known; or half or twice as many, to get to
     * know whether those are. Twice as many are tried for some calls: once they seem to be worth nothing, larger ones are not
     * seen again. (Where one row is allowed, a guided picture has its two all the same.)
     *
     * @param guess where nothing is known
     * @param most never more than so many
     */
    int usefulRows(int guess, int most) {
        if (times.isEmpty()) {
            return Math.min(most, guess);
        }
        int useful = Math.min(most, times.get().usefulRows());
        int largest = shortest.lastKey();
        if (useful == largest && useful < most) {
            return Math.min(most, 2 * useful);
        }
        if (useful < largest && largest <= most && calls.getOrDefault(largest, 0) < CALLS_OF_A_TRY) {
            return largest;
        }
        int half = (useful + 1) / 2;
        return shortest.firstKey() > half ? half : useful;
    }
}
