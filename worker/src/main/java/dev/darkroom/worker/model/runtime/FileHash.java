package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.InferenceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The SHA-256 of a file, computed when it is first asked for. Safe for use by several threads. */
final class FileHash {
    private static final int BUFFER = 1 << 20;

    private final Path file;
    private final FutureTask<String> task;

    FileHash(Path file) {
        this.file = file;
        task = new FutureTask<>(() -> compute(file));
    }

    /** In hex. */
    String sha256() {
        task.run(); // the first caller computes, the others wait
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new InferenceException(file + " cannot be read for its SHA-256", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("Interrupted while " + file + " was read for its SHA-256", e);
        }
    }

    private static String compute(Path file) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
