package dev.darkroom.worker.ops;

import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.model.ForwardingLoader;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Loads models of which loads and calls are counted. */
final class TimedLoader extends ForwardingLoader {
    private final DeviceMeters meters;
    private final LongSupplier nanoTime;

    TimedLoader(ModelLoader loader, DeviceMeters meters, LongSupplier nanoTime) {
        super(loader);
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        long start = nanoTime.getAsLong();
        boolean loaded = false;
        try {
            LoadedModel model = new MeteringLoader(loader, meters).load(files);
            loaded = true;
            meters.loaded(files.id(), Duration.ofNanos(nanoTime.getAsLong() - start));
            return model;
        } finally {
            if (!loaded) {
                meters.loadFailed();
            }
        }
    }
}
