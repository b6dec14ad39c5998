package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.InferenceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The SHA-256 of a file or several, computed on a thread of its own from the start on: it is wanted at the end of a job, and a
 * file of gigabytes takes seconds. A computation that failed is repeated for the next who asks. Safe for use by several
 * threads; closing ends the computation.
 */
final class FileHash implements AutoCloseable {
    private static final int BUFFER = 1 << 20;

    private final String name;
    private final Callable<String> digest;
    private final Object lock = new Object();
    private Computation latest; // guarded by lock
    private boolean closed; // guarded by lock

    /** A computation and the thread that it runs on. */
    private record Computation(FutureTask<String> task, Thread thread) {
        static Computation start(String name, Callable<String> digest) {
            FutureTask<String> task = new FutureTask<>(digest);
            Thread thread = new Thread(task, "sha256 " + name);
            thread.setDaemon(true);
            thread.start();
            return new Computation(task, thread);
        }

        boolean failed() {
            if (!task.isDone() || task.isCancelled()) {
                return false;
            }
            try {
                task.get();
                return false;
            } catch (ExecutionException e) {
                return true;
            } catch (InterruptedException e) { // cannot be: nobody waits for a task that is done
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    private FileHash(String name, Callable<String> digest) {
        this.name = name;
        this.digest = digest;
        latest = Computation.start(name, digest);
    }

    /** Begins to compute; of several files it is the hash of all their bytes, one behind the other. */
    static FileHash start(List<Path> files) {
        return start(files.get(0).toString(), () -> compute(files));
    }

    /** Begins a computation for the file that is called {@code name} in messages. */
    static FileHash start(String name, Callable<String> digest) {
        return new FileHash(name, digest);
    }

    /**
     * In hex; waits for it if need be.
     *
     * @throws InferenceException when the file cannot be read, or this thread was interrupted while it waited
     */
    String sha256() {
        try {
            return current().get();
        } catch (ExecutionException e) {
            throw new InferenceException(name + " cannot be read for its SHA-256: " + e.getCause(), e);
        } catch (CancellationException e) {
            throw new InferenceException("The model was closed while " + name + " was read for its SHA-256", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("Interrupted while " + name + " was read for its SHA-256", e);
        }
    }

    /** The computation under way or done; a new one in place of one that failed. */
    private FutureTask<String> current() {
        synchronized (lock) {
            if (!closed && latest.failed()) {
                latest = Computation.start(name, digest);
            }
            return latest.task();
        }
    }

    private static String compute(List<Path> files) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[BUFFER];
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() {
        Computation last;
        synchronized (lock) {
            closed = true;
            last = latest;
        }
        last.task().cancel(true); // an interrupt ends a read
        try {
            last.thread().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
