package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.Unet;

/** A model whose UNet computes the {@linkplain RowsAbreast halves of a call at the same time}. */
final class AbreastModel extends ForwardingModel {
    private final RowsAbreast unet;

    AbreastModel(LoadedModel model) {
        super(model);
        this.unet = new RowsAbreast(model.unet(), model.description().id());
    }

    @Override
    public Unet unet() {
        return unet;
    }

    /** Ends its thread; the model stays open. */
    void leave() {
        unet.close();
    }

    @Override
    public void close() {
        try {
            model.close(); // ends the calls under way
        } finally {
            leave();
        }
    }
}
