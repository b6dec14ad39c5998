package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network of a model that most jobs do without: it takes memory, so it is loaded when one asks for it. Owns it. Safe for
 * use by several threads; all but the first wait for the load, as closing does.
 */
final class AtFirstUse<T extends AutoCloseable> implements AutoCloseable {
    private final String name;
    private final Loading<T> loading;
    private final Closing opened = new Closing(); // guarded by lock
    private final Lock lock = new ReentrantLock();
    private Optional<T> network = Optional.empty(); // guarded by lock
    private boolean closed; // guarded by lock

    /** Loads the network. */
    interface Loading<T> {
        T load() throws ModelException;
    }

    /**
     * Loads nothing yet.
     *
     * @param name of the network, for messages
     */
    AtFirstUse(String name, Loading<T> loading) {
        this.name = name;
        this.loading = loading;
    }

    /**
     * The network. A load that failed is tried again by the next call.
     *
     * @throws ModelException when it cannot be loaded
     * @throws IllegalStateException when the model was closed before
     */
    T get() throws ModelException {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The " + name + " is closed");
            }
            if (network.isEmpty()) {
                network = Optional.of(opened.add(loading.load()));
            }
            return network.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            opened.close();
        } finally {
            lock.unlock();
        }
    }
}
