package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Unet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the rows of a UNet's calls are computed. Whatever way, nothing else comes of them. */
enum RowsWay {
    /** As the UNet does it, with all of its threads. */
    TOGETHER("together"),
    /** Two halves at the same time, each with all of the UNet's threads. */
    HALVES("in halves at the same time"),
    /** As many parts at the same time as there are threads, each on one of them; fewer rows together. */
    ON_A_THREAD_EACH("in parts at the same time, on a thread each");

    private static final Logger log = LoggerFactory.getLogger(RowsWay.class);

    private final String label;

    RowsWay(String label) {
        this.label = label;
    }

    /** For people. */
    String label() {
        return label;
    }

    /**
     * How many parts a call has.
     *
     * @param threads that it may use
     */
    int parts(int threads) {
        return switch (this) {
            case TOGETHER -> 1;
            case HALVES -> 2;
            case ON_A_THREAD_EACH -> threads;
        };
    }

    /**
     * A model in this way, which owns it; empty where its UNet has no such way, or what that needs cannot be loaded.
     *
     * @param threads that a call may use; on one, and on a card, parts would only take turns
     */
    Optional<LoadedModel> of(LoadedModel model, int threads) {
        if (this == TOGETHER) {
            return Optional.of(model);
        }
        if (threads == 1 || !model.unet().rowsAreIndependent()) {
            return Optional.empty();
        }
        String id = model.description().id();
        return (this == HALVES
                        ? Optional.of(RowsAbreast.halves(model.unet(), id))
                        : onCallersThread(model.unet(), id)
                                .map(one -> RowsAbreast.onAThreadEach(model.unet(), one, threads, id)))
                .map(unet -> new AbreastModel(model, unet));
    }

    private static Optional<Unet> onCallersThread(Unet unet, String model) {
        try {
            return unet.onCallersThread();
        } catch (ModelException | OutOfMemoryError e) { // the model can do without it
            log.warn("The rows of model {} are not computed on a thread each: {}", model, e.getMessage());
            return Optional.empty();
        }
    }
}
