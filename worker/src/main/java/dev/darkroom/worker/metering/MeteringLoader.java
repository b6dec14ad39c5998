package dev.darkroom.worker.metering;

import dev.darkroom.worker.model.ForwardingLoader;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;

/** Loads models whose calls are metered. What the loader itself does with them, to warm them up, is not. */
public final class MeteringLoader extends ForwardingLoader {
    private final CallMeter meter;

    /** Loads as another does. */
    public MeteringLoader(ModelLoader loader, CallMeter meter) {
        super(loader);
        this.meter = meter;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        return new MeteredModel(loader.load(files), meter);
    }
}
