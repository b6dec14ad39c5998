package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The encoder of a model: most jobs need none, and it takes memory, so it is loaded when one asks for it. Owns it. Safe
 * for use by several threads; all but the first wait for the load, as closing does.
 */
final class EncoderAtFirstUse implements AutoCloseable {
    private final Loading loading;
    private final Lock lock = new ReentrantLock();
    private @Nullable VaeEncoder encoder; // guarded by lock
    private boolean closed; // guarded by lock

    /** Loads the encoder. */
    interface Loading {
        VaeEncoder load() throws ModelException;
    }

    EncoderAtFirstUse(Loading loading) {
        this.loading = loading;
    }

    /**
     * The encoder. A load that failed is tried again by the next call.
     *
     * @throws ModelException when it cannot be loaded
     * @throws IllegalStateException when the model was closed before
     */
    VaeEncoder get() throws ModelException {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The vae_encoder is closed");
            }
            if (encoder == null) {
                encoder = loading.load();
            }
            return encoder;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (encoder != null) {
                encoder.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
