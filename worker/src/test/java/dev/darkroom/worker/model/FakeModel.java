package dev.darkroom.worker.model;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;

/** Can be closed, and nothing else. */
final class FakeModel implements LoadedModel {
    private final Runnable onClose;
    volatile boolean broken;
    private volatile boolean closed;

    FakeModel(Runnable onClose) {
        this.onClose = onClose;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        if (closed) {
            throw new IllegalStateException("closed twice");
        }
        closed = true;
        onClose.run();
        if (broken) {
            throw new IllegalStateException("does not close");
        }
    }

    @Override
    public ModelDescription description() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String sha256() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ClipTokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public TextEncoder textEncoder() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Unet unet() {
        throw new UnsupportedOperationException();
    }

    @Override
    public VaeDecoder vaeDecoder() {
        throw new UnsupportedOperationException();
    }

    @Override
    public VaeEncoder vaeEncoder() {
        throw new UnsupportedOperationException();
    }
}
