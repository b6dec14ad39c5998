package dev.darkroom.worker;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What was opened, in order. Closes all of it in reverse, and keeps the first failure with the others suppressed. */
final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    /**
     * Closes all.
     *
     * @throws IllegalStateException when something did not close; its cause says why
     */
    @Override
    public void close() {
        @Nullable Exception first = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw new IllegalStateException("Not everything closed: " + first.getMessage(), first);
        }
    }
}
