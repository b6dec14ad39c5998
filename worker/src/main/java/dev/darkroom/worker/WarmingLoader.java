package dev.darkroom.worker;

import dev.darkroom.worker.develop.NonFiniteException;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.NonFiniteModelException;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has every model make a picture before it hands it out, so that no job is the first to find that it cannot. */
final class WarmingLoader implements ModelLoader {
    private static final Logger log = LoggerFactory.getLogger(WarmingLoader.class);

    private final ModelLoader loader;
    private final ToIntFunction<ModelDescription> side;

    /**
     * Warms up what another loads.
     *
     * @param side of the picture that a model makes, in pixels
     */
    WarmingLoader(ModelLoader loader, ToIntFunction<ModelDescription> side) {
        this.loader = loader;
        this.side = side;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        LoadedModel model = loader.load(files);
        try {
            warmUp(model);
            return model;
        } catch (ModelException | RuntimeException | Error e) {
            try {
                model.close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private void warmUp(LoadedModel model) throws ModelException {
        String id = model.description().id();
        long start = System.nanoTime();
        try {
            WarmUp.run(model, side.applyAsInt(model.description()));
        } catch (NonFiniteException e) {
            throw new NonFiniteModelException(
                    e.getMessage() + ". That was a test: its weights are broken, or too large for the precision",
                    e.precision(),
                    e);
        } catch (InferenceException e) {
            throw new ModelException("Model " + id + " was loaded, but does not run: " + e.getMessage(), e);
        }
        log.info("Model {} warmed up in {} ms", id, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    @Override
    public long memory(ModelFiles files) throws ModelException {
        return loader.memory(files);
    }
}
