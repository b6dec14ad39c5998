package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints that were fetched, shared by the processes of a machine: of several that want the same one, one fetches it
 * and the others wait for it. What was fetched stays until room is needed or its files do not have their size any more;
 * nobody asks the server again. Safe for use by several threads.
 */
public final class ModelCache {
    /** The name of a checkpoint that is one file. */
    static final String SINGLE_FILE = "model.safetensors";

    private static final Logger log = LoggerFactory.getLogger(ModelCache.class);

    private final CacheRoom room;
    private final Fetchers fetchers;
    private final InstantSource clock;
    private final Pause pause;
    private final Progress progress;

    public ModelCache(CacheRoom room, Fetchers fetchers, InstantSource clock, Pause pause, Progress progress) {
        this.room = room;
        this.fetchers = fetchers;
        this.clock = clock;
        this.pause = pause;
        this.progress = progress;
    }

    /** A checkpoint that nobody removes until this is closed. */
    record Held(Path path, EntryLock.Held lock) implements AutoCloseable {
        @Override
        public void close() {
            lock.close();
        }
    }

    /**
     * What is in the cache of a source.
     *
     * @param size in bytes
     */
    public record Cached(long size, String sha256) {}

    /**
     * A checkpoint, fetched if need be.
     *
     * @throws ModelException when it cannot be had; a later try may succeed
     */
    Held open(Source.Remote source, Optional<String> sha256, DiffusersFiles.Kind kind)
            throws ModelException, InterruptedException {
        String key = key(source, sha256);
        try {
            Optional<Held> here = held(key, source);
            if (here.isPresent()) {
                return here.get();
            }
            EntryLock.Held fetching = room.fetch(key).exclusive();
            try {
                here = held(key, source); // another process may have been at it
                return here.isPresent() ? here.get() : bring(key, source, sha256, kind);
            } finally {
                fetching.close();
            }
        } catch (IOException e) {
            if (Thread.interrupted()) { // locks and channels say so by a failure, and leave the mark
                throw new InterruptedException();
            }
            throw room.notWritten(source.shown(), e);
        }
    }

    /** What the cache has of a source, if it has it. */
    public Optional<Cached> find(Source.Remote source, Optional<String> sha256) {
        try {
            Path entry = room.entry(key(source, sha256));
            Optional<Manifest> manifest = Manifest.read(entry);
            return manifest.isPresent() && manifest.get().holds(entry)
                    ? Optional.of(
                            new Cached(manifest.get().size(), manifest.get().sha256()))
                    : Optional.empty();
        } catch (IOException e) {
            log.debug("The cache cannot be read", e);
            return Optional.empty();
        }
    }

    private Optional<Held> held(String key, Source.Remote source) throws IOException, InterruptedException {
        if (!Files.isDirectory(room.entry(key))) {
            return Optional.empty();
        }
        EntryLock.Held lock = room.use(key).share();
        boolean handed = false;
        try {
            Path entry = room.entry(key);
            Optional<Manifest> manifest = Manifest.read(entry);
            if (manifest.isEmpty() || !manifest.get().holds(entry)) {
                return Optional.empty();
            }
            room.used(key, FileTime.from(clock.instant()));
            handed = true;
            return Optional.of(new Held(path(entry, source), lock));
        } finally {
            if (!handed) {
                lock.close();
            }
        }
    }

    private static Path path(Path entry, Source.Remote source) {
        return source.isFolder() ? entry : entry.resolve(SINGLE_FILE);
    }

    /** Fetches; a second time from scratch when it was not what it should be. The entry is in use from its birth on. */
    private Held bring(String key, Source.Remote source, Optional<String> sha256, DiffusersFiles.Kind kind)
            throws ModelException, IOException, InterruptedException {
        EntryLock.Held lock = room.use(key).share();
        boolean handed = false;
        try {
            room.used(key, FileTime.from(clock.instant()));
            Path partial = Files.createDirectories(room.partial(key));
            Manifest manifest = fetch(key, source, kind);
            if (isWrong(manifest, sha256)) {
                log.warn("{} has the SHA-256 {}: fetched once more", source.shown(), manifest.sha256());
                Folders.delete(partial);
                manifest = fetch(key, source, kind);
            }
            if (isWrong(manifest, sha256)) {
                Folders.delete(partial);
                throw new ModelException(source.shown() + " has the SHA-256 " + manifest.sha256()
                        + ", twice, where the catalogue says " + sha256.orElseThrow() + ": it was deleted");
            }
            manifest.write(partial);
            if (Files.exists(room.entry(key))) {
                log.warn("{} was changed in the cache: it was fetched again", source.shown());
                Folders.delete(room.entry(key));
            }
            Folders.publish(partial, room.entry(key));
            log.info("Fetched {}, {} bytes, SHA-256 {}", source.shown(), manifest.size(), manifest.sha256());
            handed = true;
            return new Held(path(room.entry(key), source), lock);
        } finally {
            if (!handed) {
                lock.close();
            }
        }
    }

    private static boolean isWrong(Manifest manifest, Optional<String> sha256) {
        return sha256.isPresent() && !sha256.get().equals(manifest.sha256());
    }

    private Manifest fetch(String key, Source.Remote source, DiffusersFiles.Kind kind)
            throws ModelException, IOException, InterruptedException {
        log.info("Fetching {}", source.shown());
        FileDownload download = new FileDownload(fetchers, room, pause, progress, key);
        List<StoredFile> files = new ArrayList<>();
        if (!source.isFolder()) {
            Optional<StoredFile> file = download.fetch(source, SINGLE_FILE, Long.MAX_VALUE);
            StoredFile stored = file.orElseThrow(() -> new ModelException("There is no " + source.shown()));
            return new Manifest(source.shown(), stored.sha256(), List.of(stored));
        }
        DiffusersFiles.visit(kind, source.shown(), (name, most) -> {
            Optional<StoredFile> file = download.fetch(source.child(name), name, most);
            file.ifPresent(files::add);
            return file.map(stored -> room.partial(key).resolve(name));
        });
        return new Manifest(source.shown(), Sums.folder(files), files);
    }

    /** Another source or sum is another entry. */
    private static String key(Source.Remote source, Optional<String> sha256) {
        byte[] text = (source.identity() + "\n" + sha256.orElse("")).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(Sums.digest().digest(text)).substring(0, 32);
    }
}
