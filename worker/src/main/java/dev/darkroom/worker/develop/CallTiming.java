package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.LoadedModel;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times a UNet's calls at its model's native size, with 1, 2, 4 rows and so on. Immutable.
 *
 * <p>Of a few calls with as many rows the shortest one counts: the first one also takes memory, and whatever else runs on
 * the machine only adds time. They are made in rounds, each with one call of each number of rows: where time is short,
 * more numbers are known, not one of them better.
 */
public final class CallTiming {
    private static final Logger log = LoggerFactory.getLogger(CallTiming.class);
    private static final int ROUNDS = 4;

    private final CallRules rules;
    private final Duration budget;
    private final LongSupplier nanoTime;

    /**
     * Times calls.
     *
     * @param rules the most rows of a call, and whose calls are shared
     * @param budget no call is begun that would presumably go beyond, but for the first one
     * @param nanoTime as {@link System#nanoTime}
     */
    public CallTiming(CallRules rules, Duration budget, LongSupplier nanoTime) {
        if (budget.isNegative()) {
            throw new IllegalArgumentException("Calls are timed within some time, not " + budget);
        }
        this.rules = rules;
        this.budget = budget;
        this.nanoTime = nanoTime;
    }

    /**
     * The same model, and it tells its times; itself where there is nothing to choose, since its jobs do not share calls,
     * or it wants a picture to start from, and where timing failed: the model may work all the same. Runs on this
     * thread, and ends after the present call when that is interrupted.
     */
    public LoadedModel timed(LoadedModel model) {
        if (!rules.share(model) || !WarmUp.runsUnet(model)) {
            return model;
        }
        int side = model.description().nativeSize();
        try {
            Generation pictures = Preparation.prepare(WarmUp.unguided(model, side, rules.maxRows()), step -> {});
            SortedMap<Integer, Duration> byRows = new Rounds(pictures).byRows();
            return byRows.isEmpty() ? model : new TimedModel(model, new CallTimes(side, byRows));
        } catch (InferenceException | OutOfMemoryError e) {
            log.warn(
                    "The calls of model {} at {}x{} could not be timed; it has up to {} rows in a call: {}",
                    model.description().id(),
                    side,
                    side,
                    rules.maxRows(),
                    e.toString());
            return model;
        }
    }

    /** The calls of one model. */
    private final class Rounds {
        private final Generation pictures;
        private final long end = nanoTime.getAsLong() + budget.toNanos();
        private final SortedMap<Integer, Duration> shortest = new TreeMap<>();
        private int most = rules.maxRows();

        Rounds(Generation pictures) {
            this.pictures = pictures;
        }

        /** Empty only when this thread was interrupted. */
        SortedMap<Integer, Duration> byRows() {
            for (int round = 0; round < ROUNDS; round++) {
                round();
            }
            return shortest;
        }

        /** One call of each number of rows, up to the first that does not fit the time or the memory. */
        private void round() {
            Duration half = Duration.ZERO;
            for (int rows = 1; rows <= most; rows *= 2) {
                if (!mayBegin(shortest.getOrDefault(rows, half.multipliedBy(2)))) {
                    return;
                }
                try {
                    half = shortest.merge(rows, time(rows), (a, b) -> a.compareTo(b) <= 0 ? a : b);
                } catch (InsufficientMemoryException | OutOfMemoryError e) {
                    if (shortest.isEmpty()) {
                        throw e;
                    }
                    most = rows - 1;
                }
            }
        }

        private boolean mayBegin(Duration expected) {
            boolean fits = shortest.isEmpty() || end - nanoTime.getAsLong() >= expected.toNanos();
            return fits && !Thread.currentThread().isInterrupted();
        }

        private Duration time(int rows) {
            Batch batch = new Batch(rows);
            pictures.images().subList(0, rows).forEach(picture -> batch.add(pictures, picture));
            long begin = nanoTime.getAsLong();
            batch.predict();
            return Duration.ofNanos(nanoTime.getAsLong() - begin);
        }
    }
}
