package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Unet;

/** A model whose UNet computes the {@linkplain RowsAbreast parts of a call at the same time}. */
final class AbreastModel extends ForwardingModel {
    private final RowsAbreast unet;

    /**
     * Takes both over.
     *
     * @param unet over the model's own
     */
    AbreastModel(LoadedModel model, RowsAbreast unet) {
        super(model);
        this.unet = unet;
    }

    @Override
    public Unet unet() {
        return unet;
    }

    /** Ends what computes a model's rows in its way, if there is such a thing; the model stays open. */
    static void leave(LoadedModel model) {
        if (model instanceof AbreastModel abreast) {
            abreast.unet.close();
        }
    }

    @Override
    public void close() {
        try {
            model.close(); // ends the calls of its networks that are under way, as the next one does of its own
        } finally {
            unet.close();
        }
    }
}
