package dev.darkroom.worker.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The models that this worker knows, by id. A folder is a catalogue of the checkpoints directly below it, each under
 * its own name; or it is itself a checkpoint, and the catalogue holds that one. Immutable: the folder is read once.
 */
public final class ModelCatalogue {
    /** What makes a folder a checkpoint. */
    private static final String INDEX = "model_index.json";

    private final Map<String, Path> models;

    private ModelCatalogue(Map<String, Path> models) {
        this.models = models;
    }

    /**
     * Reads a folder. Links in it are followed.
     *
     * @throws ModelException when it cannot be read, or holds no model
     */
    public static ModelCatalogue of(Path folder) throws ModelException {
        Map<String, Path> models = new TreeMap<>();
        Path absolute = folder.toAbsolutePath().normalize();
        if (isCheckpoint(absolute) && absolute.getFileName() != null) {
            models.put(absolute.getFileName().toString(), absolute);
        } else {
            try (Stream<Path> children = Files.list(absolute)) {
                children.filter(ModelCatalogue::isCheckpoint)
                        .forEach(child -> models.put(child.getFileName().toString(), child));
            } catch (IOException e) {
                throw new ModelException("The folder with models, " + folder + ", cannot be read", e);
            }
        }
        if (models.isEmpty()) {
            throw new ModelException(
                    "There is no model in " + folder + ": neither it nor a folder directly below has a " + INDEX);
        }
        return new ModelCatalogue(models);
    }

    /** All ids, sorted. */
    public List<String> ids() {
        return List.copyOf(models.keySet());
    }

    /** The folder of a model; empty for an id that is not listed, whatever it looks like. */
    public Optional<Path> find(String id) {
        return Optional.ofNullable(models.get(id));
    }

    private static boolean isCheckpoint(Path folder) {
        return Files.isRegularFile(folder.resolve(INDEX));
    }
}
