package dev.darkroom.worker.model.catalogue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an entry of the cache holds, as it is written beside its files.
 *
 * @param source where it came from, without secrets
 * @param sha256 of the file, or of the folder as {@link Sums} defines it
 */
record Manifest(String source, String sha256, List<StoredFile> files) {
    private static final String NAME = "darkroom-entry.json";
    private static final int MAX_BYTES = 4 << 20;
    private static final ObjectMapper JSON = new JsonMapper();

    Manifest {
        files = List.copyOf(files);
    }

    /** Bytes of all files. */
    long size() {
        return files.stream().mapToLong(StoredFile::size).sum();
    }

    /** The manifest of an entry, where there is an entry; a broken one is none. */
    static Optional<Manifest> read(Path entry) throws IOException {
        try (InputStream in = Files.newInputStream(entry.resolve(NAME))) {
            return Optional.ofNullable(JSON.readValue(in.readNBytes(MAX_BYTES), Manifest.class));
        } catch (NoSuchFileException | NotDirectoryException | JsonProcessingException e) {
            return Optional.empty();
        }
    }

    void write(Path entry) throws IOException {
        Files.write(entry.resolve(NAME), JSON.writeValueAsBytes(this));
    }

    /** Whether every file is there and as large as it was. */
    boolean holds(Path entry) throws IOException {
        for (StoredFile file : files) {
            Path path = entry.resolve(file.name());
            if (!Files.isRegularFile(path) || Files.size(path) != file.size()) {
                return false;
            }
        }
        return true;
    }
}
