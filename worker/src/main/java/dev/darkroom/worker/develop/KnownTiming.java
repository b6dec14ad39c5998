package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Optional;

/** What {@link CallTiming} found of a model, for others whose networks are as large. Holds no model. Immutable. */
public final class KnownTiming {
    private final RowsWay way;
    private final int threads;
    private final CallTimes times;

    /**
     * What was found.
     *
     * @param threads that a call may use
     */
    KnownTiming(RowsWay way, int threads, CallTimes times) {
        this.way = way;
        this.threads = threads;
        this.times = times;
    }

    /** Of a model that was timed; empty for one that was not. */
    public static Optional<KnownTiming> of(LoadedModel model) {
        return model instanceof TimedModel timed ? Optional.of(timed.known()) : Optional.empty();
    }

    /** A model as if it had been timed, together where it cannot have the way that was found. It is closed by what is returned. */
    public LoadedModel give(LoadedModel model) {
        return way.of(model, threads)
                .map(in -> new TimedModel(in, this))
                .orElseGet(() -> new TimedModel(model, new KnownTiming(RowsWay.TOGETHER, threads, times)));
    }

    /** For people. */
    @Override
    public String toString() {
        return "at " + times.width() + "x" + times.height() + ": " + times + "; so they get at most "
                + times.usefulRows() + " rows, " + way.label();
    }

    RowsWay way() {
        return way;
    }

    CallTimes times() {
        return times;
    }
}
