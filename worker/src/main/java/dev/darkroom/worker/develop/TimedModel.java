package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import java.util.Optional;

/** A model, and how long its UNet's calls take. */
final class TimedModel extends ForwardingModel {
    private final CallTimes times;

    TimedModel(LoadedModel model, CallTimes times) {
        super(model);
        this.times = times;
    }

    @Override
    public Optional<CallTimes> callTimes() {
        return Optional.of(times);
    }
}
