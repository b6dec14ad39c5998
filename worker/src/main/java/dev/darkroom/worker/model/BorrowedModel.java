package dev.darkroom.worker.model;

import java.util.concurrent.atomic.AtomicBoolean;

/** A loaded model that stays loaded until this is closed. Closing it twice does nothing more. */
public final class BorrowedModel implements AutoCloseable {
    private final LoadedModel model;
    private final Runnable giveBack;
    private final AtomicBoolean closed = new AtomicBoolean();

    BorrowedModel(LoadedModel model, Runnable giveBack) {
        this.model = model;
        this.giveBack = giveBack;
    }

    /** The model; its owner closes it, not the borrower. */
    public LoadedModel model() {
        return model;
    }

    /** Gives the model back: nothing may run on it any more. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            giveBack.run();
        }
    }
}
