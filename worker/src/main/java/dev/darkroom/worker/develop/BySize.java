package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.LoadedModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * What was learned of calls, by model and size of picture. That of a model is forgotten with it, and that of its sizes beyond
 * the latest thousand: whoever sends jobs chooses sizes. Belongs to one thread.
 */
final class BySize<T> {
    private static final int MOST_SIZES = 1000;

    /** Of a picture, in pixels. */
    private record Size(int width, int height) {}

    /** By size, least recently used first. */
    private final Map<LoadedModel, Map<Size, T>> known = new WeakHashMap<>();

    private final Supplier<T> nothing;

    /**
     * Knows nothing.
     *
     * @param nothing what is known of a size at first
     */
    BySize(Supplier<T> nothing) {
        this.nothing = nothing;
    }

    /** What is known of pictures like a job's. */
    T of(DevelopRequest request) {
        Map<Size, T> sizes = known.computeIfAbsent(request.model(), model -> new LinkedHashMap<>(16, 0.75f, true));
        T ofSize = sizes.computeIfAbsent(new Size(request.width(), request.height()), size -> nothing.get());
        if (sizes.size() > MOST_SIZES) {
            sizes.remove(sizes.keySet().iterator().next());
        }
        return ofSize;
    }
}
