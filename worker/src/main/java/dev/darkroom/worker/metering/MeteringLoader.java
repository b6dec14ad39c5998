package dev.darkroom.worker.metering;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;

/** Loads models whose calls are metered. What the loader itself does with them, to warm them up, is not. */
public record MeteringLoader(ModelLoader loader, CallMeter meter) implements ModelLoader {
    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        return new MeteredModel(loader.load(files), meter);
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
