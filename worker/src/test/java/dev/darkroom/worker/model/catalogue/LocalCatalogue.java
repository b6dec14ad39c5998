package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** A catalogue of what lies in a folder, for tests that fetch nothing. */
public final class LocalCatalogue {
    private LocalCatalogue() {}

    /** The checkpoints in a folder. */
    public static ModelCatalogue of(Path folder) throws ModelException {
        CacheRoom room = new CacheRoom(folder.resolve("no-cache"), 1, DiskSpace.SYSTEM);
        Fetchers nobody = new Fetchers(new Nobody<>(), new Nobody<>());
        return ModelCatalogue.read(
                folder, new ModelCache(room, nobody, InstantSource.system(), Pause.REAL, (file, done, total) -> {}));
    }

    private static final class Nobody<S extends Source.Remote> implements Fetcher<S> {
        @Override
        public Optional<Answer> open(S source, long offset, Optional<String> version) {
            throw new AssertionError("Nothing is fetched here, but " + source.shown() + " was asked for");
        }

        @Override
        public void close() {}
    }
}
