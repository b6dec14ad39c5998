package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times a UNet's calls at its model's native size, with 1, 2, 4, 8, 6 rows and so on, and finds out whether it is faster with
 * {@linkplain RowsAbreast parts of a call at the same time}. Immutable.
 *
 * <p>Of a few calls of a kind the shortest one counts: the first one also takes memory, and whatever else runs on the
 * machine only adds time. They are made in rounds, each with one call of each kind: where time is short, more of them are
 * known, not one of them better. There are more rounds before parts on a thread each are given up.
 */
public final class CallTiming {
    private static final Logger log = LoggerFactory.getLogger(CallTiming.class);
    private static final int ROUNDS = 4;

    /** So many, where parts on a thread each seem to be slower. */
    private static final int ROUNDS_IN_DOUBT = 16;

    private final CallRules rules;
    private final int threads;
    private final Duration budget;
    private final LongSupplier nanoTime;

    /**
     * Times calls.
     *
     * @param rules the most rows of a call, and whose calls are shared
     * @param threads that a call of a UNet with independent rows may use: with several, parts of it may be computed at the
     *     same time
     * @param budget no call is begun that would presumably go beyond, but for the first one
     * @param nanoTime as {@link System#nanoTime}
     */
    public CallTiming(CallRules rules, int threads, Duration budget, LongSupplier nanoTime) {
        if (budget.isNegative()) {
            throw new IllegalArgumentException("Calls are timed within some time, not " + budget);
        }
        this.rules = rules;
        this.threads = threads;
        this.budget = budget;
        this.nanoTime = nanoTime;
    }

    /**
     * The same model in its faster way, and it tells its times; itself where there is nothing to choose, since its jobs do not
     * share calls, and where timing failed: the model may work all the same. Runs on this thread, and ends after the
     * present call when that is interrupted.
     */
    public LoadedModel timed(LoadedModel model) {
        if (!rules.share(model)) {
            return model;
        }
        Map<RowsWay, LoadedModel> ways = ways(model);
        try {
            Optional<TimedModel> fastest = fastest(model, ways);
            fastest.ifPresent(chosen -> ways.remove(chosen.known().way()));
            return fastest.isPresent() ? fastest.get() : model;
        } finally {
            ways.values().forEach(AbreastModel::leave);
        }
    }

    /** Those that there are; in halves only where there is no better way to have parts. */
    private Map<RowsWay, LoadedModel> ways(LoadedModel model) {
        Map<RowsWay, LoadedModel> ways = new EnumMap<>(RowsWay.class);
        ways.put(RowsWay.TOGETHER, model);
        for (RowsWay parts : List.of(RowsWay.ON_A_THREAD_EACH, RowsWay.HALVES)) {
            if (ways.size() == 1 && parts.parts(threads) <= rules.maxRows()) {
                parts.of(model, threads).ifPresent(in -> ways.put(parts, in));
            }
        }
        return ways;
    }

    /** In the better of the ways; empty where none could be timed. */
    private Optional<TimedModel> fastest(LoadedModel model, Map<RowsWay, LoadedModel> ways) {
        int side = model.description().nativeSize();
        try {
            List<Way> timed = ways.entrySet().stream()
                    .map(way -> new Way(way.getKey(), way.getValue(), side))
                    .toList();
            new Rounds(timed).run();
            return timed.stream()
                    .filter(way -> !way.shortest.isEmpty())
                    .reduce((together, way) -> way.isBetterThan(together) ? way : together)
                    .map(way -> new TimedModel(way.model, new KnownTiming(way.way, threads, way.times())));
        } catch (InferenceException | OutOfMemoryError e) {
            log.warn(
                    "The calls of model {} at {}x{} could not be timed; it has up to {} rows in a call: {}",
                    model.description().id(),
                    side,
                    side,
                    rules.maxRows(),
                    e.toString());
            return Optional.empty();
        }
    }

    /**
     * Numbers of rows, in the order in which they are timed: doublings, and after each the even number halfway back, which guided
     * pictures fill. So where time is short there are the same doublings as without. Only doublings where calls are filled
     * up to those.
     */
    private static List<Integer> numbers(CallRules rules) {
        List<Integer> numbers = new ArrayList<>();
        for (int rows = 1; rows <= rules.maxRows(); rows *= 2) {
            numbers.add(rows);
            if (rows >= 8 && rules.filling() == CallRules.Filling.NONE) {
                numbers.add(rows - rows / 4);
            }
        }
        return numbers;
    }

    /** A way to compute rows, and its shortest calls so far. */
    private final class Way {
        private final RowsWay way;
        private final LoadedModel model;
        private final int side;
        private final Generation pictures;
        private final NavigableMap<Integer, Duration> shortest = new TreeMap<>();

        Way(RowsWay way, LoadedModel model, int side) {
            this.way = way;
            this.model = model;
            this.side = side;
            this.pictures = Preparation.prepare(WarmUp.unguided(model, side, rules.maxRows()), step -> {});
        }

        CallTimes times() {
            return new CallTimes(side, shortest);
        }

        /**
         * Whether it is to be taken rather than all threads together, by calls that have a row for each part. Halves have to be
         * clearly faster. A part on a thread each, which only small networks have, must not be clearly slower: their calls are
         * so short that a machine with other work does not tell the two apart.
         */
        boolean isBetterThan(Way together) {
            Optional<CallTimes> own = times(way.parts(threads));
            Optional<CallTimes> others = together.times(way.parts(threads));
            if (own.isEmpty()
                    || others.isEmpty()
                    || own.get().byRows().size() < others.get().byRows().size()) {
                return false;
            }
            return way == RowsWay.HALVES
                    ? own.get().shorterThan(others.get())
                    : !others.get().shorterThan(own.get());
        }

        /** Those of calls that have so many rows at least. */
        private Optional<CallTimes> times(int rows) {
            SortedMap<Integer, Duration> some = shortest.tailMap(rows);
            return some.isEmpty() ? Optional.empty() : Optional.of(new CallTimes(side, some));
        }

        /** Makes one more call. */
        void call(int rows) {
            Batch batch = new Batch(rows);
            pictures.images().subList(0, rows).forEach(picture -> batch.add(pictures, picture));
            long begin = nanoTime.getAsLong();
            batch.predict();
            Duration time = Duration.ofNanos(nanoTime.getAsLong() - begin);
            shortest.merge(rows, time, (a, b) -> a.compareTo(b) <= 0 ? a : b);
        }

        /** Of a call of so many rows, if it takes per row what the largest smaller one does; nothing of the first one. */
        Duration expected(int rows) {
            Map.Entry<Integer, Duration> smaller = shortest.floorEntry(rows);
            return smaller == null
                    ? Duration.ZERO
                    : smaller.getValue().multipliedBy(rows).dividedBy(smaller.getKey());
        }
    }

    /** The calls of one model. */
    private final class Rounds {
        private final List<Way> candidates;
        private final long end = nanoTime.getAsLong() + budget.toNanos();
        private final List<Integer> numbers = numbers(rules);
        private int most = rules.maxRows();

        Rounds(List<Way> candidates) {
            this.candidates = candidates;
        }

        void run() {
            for (int round = 0; round < ROUNDS || (round < ROUNDS_IN_DOUBT && isInDoubt()); round++) {
                round();
            }
        }

        /**
         * Whether parts on a thread each seem to be slower. Other work that takes one thread for a moment holds up the whole call of
         * theirs, and one that is done with all threads less: what counts then is a moment without it.
         */
        private boolean isInDoubt() {
            Way together = candidates.get(0);
            return candidates.stream()
                    .anyMatch(way -> way.way == RowsWay.ON_A_THREAD_EACH && !way.isBetterThan(together));
        }

        /** One call of each number of rows that fits the memory in each way, up to the first that does not fit the time. */
        private void round() {
            for (int rows : numbers) {
                for (Way way : candidates) {
                    if (rows > most) {
                        break; // the memory is too small for it, in whatever way
                    }
                    if (!mayBegin(expected(way, rows))) {
                        return;
                    }
                    call(way, rows);
                }
            }
        }

        /** By its own calls; of a way that has none yet by those of the first one. */
        private Duration expected(Way way, int rows) {
            return (way.shortest.isEmpty() ? candidates.get(0) : way).expected(rows);
        }

        private void call(Way way, int rows) {
            try {
                way.call(rows);
            } catch (InsufficientMemoryException | OutOfMemoryError e) {
                if (isFirst()) {
                    throw e;
                }
                most = rows - 1;
            }
        }

        private boolean mayBegin(Duration expected) {
            boolean fits = isFirst() || end - nanoTime.getAsLong() >= expected.toNanos();
            return fits && !Thread.currentThread().isInterrupted();
        }

        private boolean isFirst() {
            return candidates.stream().allMatch(way -> way.shortest.isEmpty());
        }
    }
}
