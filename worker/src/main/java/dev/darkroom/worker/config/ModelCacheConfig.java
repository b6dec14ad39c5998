package dev.darkroom.worker.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where downloaded models are kept.
 *
 * @param folder empty for {@code darkroom/models} in the user's cache folder
 * @param size the most that all of it may take
 */
public record ModelCacheConfig(Optional<Path> folder, ByteSize size) {
    public ModelCacheConfig {
        new Rules()
                .check(
                        folder.map(path -> !path.toString().isBlank()).orElse(true),
                        "model-cache.folder",
                        "must name a folder")
                .check(size.bytes() > 0, "model-cache.size", "must be more than nothing", size)
                .raise();
    }

    /**
     * The folder, or the default by the XDG base directory specification.
     *
     * @param xdgCacheHome the variable {@code XDG_CACHE_HOME}; by that specification a relative path does not count
     * @param home the user's home folder
     */
    public Path folderOr(Optional<String> xdgCacheHome, Path home) {
        Path caches = xdgCacheHome
                .filter(text -> !text.isEmpty())
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> home.resolve(".cache"));
        return folder.orElseGet(() -> caches.resolve("darkroom").resolve("models"))
                .toAbsolutePath()
                .normalize();
    }
}
