package dev.darkroom.worker.ops;

import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Loads models of which loads and calls are counted. */
record TimedLoader(ModelLoader loader, DeviceMeters meters, LongSupplier nanoTime) implements ModelLoader {
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

    @Override
    public long memory(ModelFiles files) throws ModelException {
        return loader.memory(files);
    }

    @Override
    public long sharedMemory(ModelFiles files) throws ModelException {
        return loader.sharedMemory(files);
    }

    @Override
    public long loadingMemory(ModelFiles files) throws ModelException {
        return loader.loadingMemory(files);
    }
}
