package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the cache does with whole folders. Links in them are not followed. */
final class Folders {
    private static final Logger log = LoggerFactory.getLogger(Folders.class);

    private Folders() {}

    /** Bytes of all files, those that are still coming at their full size. Files that go meanwhile do not count. */
    static long size(Path folder) throws IOException {
        AtomicLong total = new AtomicLong();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                total.addAndGet(attributes.size() + stillToCome(file));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
        return total.get();
    }

    private static long stillToCome(Path file) throws IOException {
        String name = file.getFileName().toString();
        if (!name.endsWith(PartFile.STATE)) {
            return 0;
        }
        Path part = file.resolveSibling(name.substring(0, name.length() - PartFile.STATE.length()) + PartFile.PART);
        long here = sizeOrNothing(part);
        return PartFile.State.read(file)
                .map(state -> Math.max(0, state.size() - here))
                .orElse(0L);
    }

    private static long sizeOrNothing(Path part) throws IOException {
        try {
            return Files.size(part);
        } catch (NoSuchFileException e) {
            return 0; // not begun, or it was just given its name
        }
    }

    /** Deletes a folder so that nobody takes half of it for the whole: it loses its name first. */
    static void delete(Path folder) throws IOException {
        Path gone = folder.resolveSibling(folder.getFileName() + CacheRoom.GONE);
        try {
            erase(gone);
            Files.move(folder, gone, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return;
        }
        erase(gone);
    }

    /** Deletes what has lost its name. Several may at once. */
    static void erase(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // somebody else was quicker
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Gives a finished folder its name, and brings the name onto the disk. */
    static void publish(Path folder, Path name) throws IOException {
        Files.move(folder, name, StandardCopyOption.ATOMIC_MOVE);
        Path parent = name.getParent();
        if (parent == null) {
            return;
        }
        try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            // Not every system opens a directory. The rename then is as lasting as its file system makes it.
            log.debug("{} was not synced", parent, e);
        }
    }
}
