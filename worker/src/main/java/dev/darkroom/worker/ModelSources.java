package dev.darkroom.worker;

import dev.darkroom.worker.config.ModelCacheConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.catalogue.CacheRoom;
import dev.darkroom.worker.model.catalogue.DiskSpace;
import dev.darkroom.worker.model.catalogue.Fetchers;
import dev.darkroom.worker.model.catalogue.HttpFetcher;
import dev.darkroom.worker.model.catalogue.ModelCache;
import dev.darkroom.worker.model.catalogue.ModelCatalogue;
import dev.darkroom.worker.model.catalogue.Pause;
import dev.darkroom.worker.model.catalogue.Progress;
import dev.darkroom.worker.storage.S3ModelFetcher;
import dev.darkroom.worker.tls.TrustedAuthorities;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Wires the catalogue: folder or file, the two kinds of servers, the cache. */
final class ModelSources {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private ModelSources() {}

    /**
     * The catalogue that the settings name. Nothing is fetched yet.
     *
     * @param progress is told of downloads
     * @param resources own what is opened for it
     * @throws ModelException when it cannot be read
     */
    static ModelCatalogue catalogue(WorkerConfig config, Progress progress, Resources resources) throws ModelException {
        Fetchers fetchers = resources.add(new Fetchers(
                new HttpFetcher(
                        CONNECT,
                        SILENCE,
                        config.s3().caFile().map(TrustedAuthorities::with).map(TrustedAuthorities::context)),
                new S3ModelFetcher(config.s3(), CONNECT, SILENCE)));
        ModelCacheConfig settings = config.models().cache();
        Path folder = settings.folderOr(
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME")), Path.of(System.getProperty("user.home")));
        CacheRoom room = new CacheRoom(folder, settings.size().bytes(), DiskSpace.SYSTEM);
        ModelCache cache = new ModelCache(room, fetchers, Clock.systemUTC(), Pause.REAL, progress);
        return ModelCatalogue.read(config.models().path(), cache);
    }
}
