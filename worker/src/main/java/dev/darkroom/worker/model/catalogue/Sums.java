package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * SHA-256 (FIPS 180-4) of checkpoints. A file has its own. A folder has the one of a text with a line for each file that
 * a loader reads, {@code <sha256>  <name>}, sorted by name, as {@code sha256sum} prints them; what else lies in the
 * folder does not count.
 */
public final class Sums {
    private static final int BUFFER = 1 << 16;

    private Sums() {}

    /**
     * The sum of a checkpoint on this machine, file or folder.
     *
     * @throws ModelException when it is absent, broken, or cannot be read
     */
    public static String of(Path checkpoint) throws ModelException, InterruptedException {
        return of(checkpoint, DiffusersFiles.Kind.MODEL);
    }

    static String of(Path checkpoint, DiffusersFiles.Kind kind) throws ModelException, InterruptedException {
        try {
            if (!Files.isDirectory(checkpoint)) {
                return file(checkpoint);
            }
            List<StoredFile> files = new ArrayList<>();
            for (String name : DiffusersFiles.names(kind, checkpoint)) {
                Path file = checkpoint.resolve(name);
                files.add(new StoredFile(name, Files.size(file), file(file)));
            }
            return folder(files);
        } catch (IOException e) {
            if (Thread.interrupted()) { // a channel says so by a failure, and leaves the mark
                throw new InterruptedException();
            }
            throw new ModelException(checkpoint + " cannot be read for its SHA-256: " + e, e);
        }
    }

    static String folder(Collection<StoredFile> files) {
        MessageDigest digest = digest();
        files.stream()
                .sorted(Comparator.comparing(StoredFile::name))
                .forEach(file ->
                        digest.update((file.sha256() + "  " + file.name() + "\n").getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }

    static String file(Path file) throws IOException, InterruptedException {
        MessageDigest digest = digest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256", e);
        }
    }
}
