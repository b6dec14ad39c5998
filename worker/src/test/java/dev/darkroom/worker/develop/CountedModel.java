package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A model for which eight rows are worth it at its native size, and whose calls are counted. Closing it closes the model. */
final class CountedModel extends ForwardingModel {
    /** Rows of each call of the UNet so far. */
    final List<Integer> rowsOfCalls = new CopyOnWriteArrayList<>();

    CountedModel(LoadedModel model) {
        super(model);
    }

    @Override
    public Optional<CallTimes> callTimes() {
        return Optional.of(new CallTimes(
                description().nativeSize(), new TreeMap<>(Map.of(1, Duration.ofMillis(2), 8, Duration.ofMillis(8)))));
    }

    @Override
    public Unet unet() {
        return new Unet() {
            @Override
            public Tensor predict(UnetRows rows, Interruption interruption) {
                rowsOfCalls.add(rows.timesteps().length);
                return model.unet().predict(rows, interruption);
            }

            @Override
            public boolean rowsAreIndependent() {
                return model.unet().rowsAreIndependent();
            }

            @Override
            public void close() {
                model.unet().close();
            }
        };
    }
}
