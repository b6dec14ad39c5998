package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of the cache and the room in it, which several processes share. Each entry has a folder by its key, one
 * with an ending while it is still coming, and two lock files: {@code .use} is shared by all who use the entry or bring
 * it, so that nobody removes it; {@code .fetch} is held by the one who brings it. The time of a third, {@code .used}, says
 * when it was used last. Safe for use by several threads.
 */
public final class CacheRoom {
    static final String GONE = ".gone";

    private static final Logger log = LoggerFactory.getLogger(CacheRoom.class);
    private static final String PARTIAL = ".partial";
    private static final Pattern OURS =
            Pattern.compile("([0-9a-f]{32})(" + Pattern.quote(PARTIAL) + ")?(" + Pattern.quote(GONE) + ")?");
    private static final long MEGABYTE = 1_000_000;

    private final Path folder;
    private final long limit;
    private final DiskSpace disk;

    /**
     * Nothing is read or created yet.
     *
     * @param limit bytes that all entries together may have
     */
    public CacheRoom(Path folder, long limit, DiskSpace disk) {
        this.folder = folder.toAbsolutePath().normalize();
        this.limit = limit;
        this.disk = disk;
    }

    Path entry(String key) {
        return folder.resolve(key);
    }

    Path partial(String key) {
        return folder.resolve(key + PARTIAL);
    }

    EntryLock use(String key) {
        return EntryLock.of(folder.resolve(key + ".use"));
    }

    EntryLock fetch(String key) {
        return EntryLock.of(folder.resolve(key + ".fetch"));
    }

    private Path usedFile(String key) {
        return folder.resolve(key + ".used");
    }

    void used(String key, FileTime now) throws IOException {
        Path file = usedFile(key);
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As it is but for the first time.
        }
        Files.setLastModifiedTime(file, now);
    }

    /**
     * Makes room for a file of an entry that is being fetched, and writes down that it is taken. What was not used for
     * the longest time goes first; what is used now stays.
     *
     * @param state what the file will be, for {@code stateFile}
     * @param here bytes of it that are on the disk already
     * @param shown the file, for messages
     * @throws ModelException when there is no room to be had
     */
    void reserve(String key, Path stateFile, PartFile.State state, long here, String shown)
            throws ModelException, IOException, InterruptedException {
        EntryLock.Held all = EntryLock.of(folder.resolve("cache.lock")).exclusive();
        try {
            state.write(stateFile);
            long own = Folders.size(partial(key));
            if (own > limit) {
                Folders.delete(partial(key));
                throw new ModelException(shown + " cannot be fetched: the model needs " + megabytes(own)
                        + " at least, the cache in " + folder + " may take " + megabytes(limit)
                        + " (setting model-cache.size)");
            }
            makeRoom(new Need(key, own, state.size() - here, shown));
        } catch (ModelException e) {
            Files.deleteIfExists(stateFile);
            throw e;
        } finally {
            all.close();
        }
    }

    /**
     * What room is made for.
     *
     * @param own bytes of the entry, as far as they are known
     * @param missing those of its next file that are not on the disk yet
     * @param shown the file, for messages
     */
    private record Need(String key, long own, long missing, String shown) {}

    private void makeRoom(Need need) throws ModelException, IOException {
        while (true) {
            Map<String, Long> sizes = sizes();
            long used = sizes.values().stream().mapToLong(Long::longValue).sum();
            long free = disk.usable(folder);
            if (used <= limit && free >= need.missing()) {
                return;
            }
            // Again, for of an unfinished entry not all bytes that count were on the disk.
            evict(need, sizes, used, free);
        }
    }

    /** Removes at least one entry, or none at all where all that nobody uses is not enough. */
    private void evict(Need need, Map<String, Long> sizes, long used, long free) throws ModelException, IOException {
        Map<String, EntryLock.Held> leaving = new LinkedHashMap<>();
        try {
            Iterator<String> candidates = leastRecentlyUsed(sizes).iterator();
            while (used > limit || free < need.missing()) {
                if (!candidates.hasNext()) {
                    throw noRoom(need, used, free);
                }
                String next = candidates.next();
                Optional<EntryLock.Held> unused =
                        next.equals(need.key()) ? Optional.empty() : use(next).tryExclusive();
                if (unused.isPresent()) {
                    leaving.put(next, unused.get());
                    used -= sizes.getOrDefault(next, 0L);
                    free += sizes.getOrDefault(next, 0L);
                }
            }
            for (String entry : leaving.keySet()) {
                remove(entry);
            }
        } finally {
            leaving.values().forEach(EntryLock.Held::close);
        }
    }

    private ModelException noRoom(Need need, long used, long free) {
        if (used > limit) {
            return new ModelException(need.shown() + " cannot be fetched: the model needs " + megabytes(need.own())
                    + " at least, the cache in " + folder + " may take " + megabytes(limit)
                    + " (setting model-cache.size), and the other " + megabytes(used - need.own())
                    + " in it are in use");
        }
        return new ModelException(need.shown() + " cannot be fetched: it needs " + megabytes(need.missing())
                + " more on the disk of the cache, " + folder + " (setting model-cache.folder), which has "
                + megabytes(free) + " free, with all models in it that nobody uses");
    }

    /** What went wrong with writing, in words that help. */
    ModelException notWritten(String shown, IOException failure) {
        return new ModelException(
                shown + " cannot be written into the cache, " + folder
                        + " (setting model-cache.folder): is the disk full? " + failure,
                failure);
    }

    private static String megabytes(long bytes) {
        return bytes < MEGABYTE ? bytes + " bytes" : (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }

    /** Bytes of every entry, by key, with what is still coming of it; erases what was being deleted when somebody died. */
    private Map<String, Long> sizes() throws IOException {
        Map<String, Long> sizes = new HashMap<>();
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : children.toList()) {
                Matcher name = OURS.matcher(child.getFileName().toString());
                if (!name.matches()) {
                    continue;
                }
                if (name.group(3) != null) {
                    Folders.erase(child);
                } else {
                    sizes.merge(name.group(1), Folders.size(child), Long::sum);
                }
            }
        }
        return sizes;
    }

    private List<String> leastRecentlyUsed(Map<String, Long> sizes) throws IOException {
        Map<String, FileTime> used = new HashMap<>();
        for (String key : sizes.keySet()) {
            try {
                used.put(key, Files.getLastModifiedTime(usedFile(key)));
            } catch (NoSuchFileException e) {
                used.put(key, FileTime.fromMillis(0));
            }
        }
        List<String> keys = new ArrayList<>(sizes.keySet());
        keys.sort(Comparator.<String, FileTime>comparing(used::get).thenComparing(key -> key));
        return keys;
    }

    /** Removes an entry that this one holds alone. */
    private void remove(String key) throws IOException {
        String source = Manifest.read(entry(key)).map(Manifest::source).orElse("an unfinished download");
        Folders.delete(entry(key));
        Folders.delete(partial(key));
        log.info("Removed from the cache, to make room: {} ({})", source, key);
    }
}
