package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What {@link CallTiming} found of a model, for others whose networks are as large. Holds no model. Immutable. */
public final class KnownTiming {
    private final UnaryOperator<LoadedModel> way;
    private final CallTimes times;

    private KnownTiming(UnaryOperator<LoadedModel> way, CallTimes times) {
        this.way = way;
        this.times = times;
    }

    /** Of a model that was timed; empty for one that was not. */
    public static Optional<KnownTiming> of(LoadedModel timed) {
        UnaryOperator<LoadedModel> way =
                timed.unet() instanceof RowsAbreast ? AbreastModel::new : UnaryOperator.identity();
        return timed.callTimes().map(times -> new KnownTiming(way, times));
    }

    /** A model as if it had been timed. It is closed by what is returned. */
    public LoadedModel give(LoadedModel model) {
        return new TimedModel(way.apply(model), times);
    }
}
