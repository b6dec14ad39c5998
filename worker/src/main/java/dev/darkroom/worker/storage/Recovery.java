package dev.darkroom.worker.storage;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A place among those who want to know when the bucket is back; to be closed when they do not any more. Thread-safe. */
public final class Recovery implements AutoCloseable {
    private final CompletableFuture<Void> back = new CompletableFuture<>();
    private final Consumer<Recovery> onClose;

    /**
     * A place that nobody has told anything yet.
     *
     * @param onClose forgets it
     */
    public Recovery(Consumer<Recovery> onClose) {
        this.onClose = onClose;
    }

    /** Completes when the bucket is found to be back, after it was away at some time since this was made. */
    public CompletionStage<Void> back() {
        return back;
    }

    /** The bucket is back. */
    public void tell() {
        back.complete(null);
    }

    @Override
    public void close() {
        onClose.accept(this);
    }
}
