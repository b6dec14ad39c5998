package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Optional;

/** A model, and how long its UNet's calls take. */
final class TimedModel extends ForwardingModel {
    private final KnownTiming known;

    TimedModel(LoadedModel model, KnownTiming known) {
        super(model);
        this.known = known;
    }

    KnownTiming known() {
        return known;
    }

    @Override
    public Optional<CallTimes> callTimes() {
        return Optional.of(known.times());
    }
}
