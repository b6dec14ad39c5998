package dev.darkroom.worker;

import dev.darkroom.worker.develop.CallTiming;
import dev.darkroom.worker.develop.KnownTiming;
import dev.darkroom.worker.develop.NonFiniteException;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.ForwardingLoader;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has every model make a picture before it hands it out, so that no job is the first to find that it cannot, and times its
 * UNet's calls where jobs can share them. */
final class WarmingLoader extends ForwardingLoader {
    private static final Logger log = LoggerFactory.getLogger(WarmingLoader.class);

    private final ToIntFunction<ModelDescription> side;
    private final CallTiming timing;
    private final Map<Timed, KnownTiming> known = new ConcurrentHashMap<>(); // as many as there are models

    /**
     * What takes as long whatever LoRAs are merged into it.
     *
     * @param files of the model without them
     */
    private record Timed(ModelFiles files, Precision precision) {}

    /**
     * Warms up what another loads.
     *
     * @param side of the picture that a model makes, in pixels
     * @param timing finds how many rows of a call are worth it
     */
    WarmingLoader(ModelLoader loader, ToIntFunction<ModelDescription> side, CallTiming timing) {
        super(loader);
        this.side = side;
        this.timing = timing;
    }

    @Override
    public LoadedModel load(ModelFiles files) throws ModelException {
        LoadedModel model = loader.load(files);
        try {
            return warmUp(model, files);
        } catch (ModelException | RuntimeException | Error e) {
            try {
                model.close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private LoadedModel warmUp(LoadedModel model, ModelFiles files) throws ModelException {
        String id = model.description().id();
        long start = System.nanoTime();
        try {
            WarmUp.run(model, side.applyAsInt(model.description()));
            long warm = System.nanoTime();
            LoadedModel timed = timed(model, files);
            log.info(
                    "Model {} warmed up in {} ms{}",
                    id,
                    TimeUnit.NANOSECONDS.toMillis(warm - start),
                    KnownTiming.of(timed)
                            .map(found -> ". Calls of its UNet " + found)
                            .orElse(""));
            return timed;
        } catch (NonFiniteException e) {
            throw new NonFiniteModelException(
                    e.getMessage() + ". That was a test: its weights are broken, or too large for the precision",
                    e.precision(),
                    e);
        } catch (InferenceException e) {
            throw new ModelException("Model " + id + " was loaded, but does not run: " + e.getMessage(), e);
        }
    }

    /** A model is timed once, not for seconds each time that it is loaded again, or with another set of LoRAs. */
    private LoadedModel timed(LoadedModel model, ModelFiles files) {
        ModelFiles base = files.with(List.of()).knowing(List.of());
        Timed key = new Timed(base, model.description().precision());
        Optional<KnownTiming> before = Optional.ofNullable(known.get(key));
        if (before.isPresent()) {
            return before.get().give(model);
        }
        LoadedModel timed = timing.timed(model);
        KnownTiming.of(timed).ifPresent(found -> known.put(key, found));
        return timed;
    }
}
