package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock that the processes of a machine share, in the form of a file: shared by many, or held by one. The system knows
 * only one lock of a file for each process, so the threads of this one agree among themselves first. The file stays; it
 * is empty. Nobody else may open it: on POSIX systems a process lets go of all its locks of a file when it closes the file
 * once, and even setting its time opens it. Not reentrant. Any thread may let go of what another has taken.
 */
final class EntryLock {
    private static final Logger log = LoggerFactory.getLogger(EntryLock.class);
    private static final Map<Path, EntryLock> ALL = new ConcurrentHashMap<>();

    /** A lock that is held until it is closed. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private final Path file;
    private final StampedLock threads = new StampedLock();
    private final ReentrantLock opening = new ReentrantLock();
    private @Nullable FileChannel shared; // guarded by opening; closing it lets go of the file
    private int holders; // guarded by opening

    private EntryLock(Path file) {
        this.file = file;
    }

    static EntryLock of(Path file) {
        return ALL.computeIfAbsent(file.toAbsolutePath().normalize(), EntryLock::new);
    }

    /** Waits until nobody holds it alone. */
    Held share() throws IOException, InterruptedException {
        long stamp = threads.readLockInterruptibly();
        try {
            opening.lockInterruptibly();
            try {
                if (shared == null) {
                    shared = locked(true);
                }
                holders++;
            } finally {
                opening.unlock();
            }
            return once(() -> leave(stamp));
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            threads.unlockRead(stamp);
            throw e;
        }
    }

    /** Waits until nobody else holds it. */
    Held exclusive() throws IOException, InterruptedException {
        long stamp = threads.writeLockInterruptibly();
        try {
            return alone(locked(false), stamp);
        } catch (IOException | RuntimeException | Error e) {
            threads.unlockWrite(stamp);
            throw e;
        }
    }

    /** Takes it if nobody else holds it, in this process or another. */
    Optional<Held> tryExclusive() throws IOException {
        long stamp = threads.tryWriteLock();
        if (stamp == 0) {
            return Optional.empty();
        }
        FileChannel channel = null;
        try {
            channel = open();
            if (channel.tryLock() != null) {
                return Optional.of(alone(channel, stamp));
            }
            channel.close();
        } catch (IOException | RuntimeException | Error e) {
            close(channel);
            threads.unlockWrite(stamp);
            throw e;
        }
        threads.unlockWrite(stamp);
        return Optional.empty();
    }

    private Held alone(FileChannel channel, long stamp) {
        return once(() -> {
            close(channel);
            threads.unlockWrite(stamp);
        });
    }

    private void leave(long stamp) {
        opening.lock();
        try {
            if (--holders == 0) {
                close(shared);
                shared = null;
            }
        } finally {
            opening.unlock();
        }
        threads.unlockRead(stamp);
    }

    private FileChannel locked(boolean forMany) throws IOException {
        FileChannel channel = open();
        try {
            if (channel.lock(0, Long.MAX_VALUE, forMany) == null) {
                throw new IOException(file + " could not be locked");
            }
            return channel;
        } catch (IOException | RuntimeException | Error e) {
            close(channel);
            throw e;
        }
    }

    private FileChannel open() throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** The lock is gone with the channel, whether closing it went well or not. */
    private static void close(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                log.debug("A lock file did not close", e);
            }
        }
    }

    private static Held once(Runnable release) {
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false)) {
                release.run();
            }
        };
    }
}
