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
 * its own name: folders in the layout of diffusers, and {@code .safetensors} files, without their ending. Or the path is
 * itself a checkpoint, and the catalogue holds that one. Immutable: the folder is read once.
 */
public final class ModelCatalogue implements ModelRepository {
    /** What makes a folder a checkpoint. */
    private static final String INDEX = "model_index.json";

    private static final String SINGLE_FILE = ".safetensors";

    private final Map<String, Path> models;

    private ModelCatalogue(Map<String, Path> models) {
        this.models = models;
    }

    /**
     * Reads a folder, or takes a file. Links in it are followed.
     *
     * @throws ModelException when it cannot be read, holds no model, or two of the same name
     */
    public static ModelCatalogue of(Path path) throws ModelException {
        Map<String, Path> models = new TreeMap<>();
        Path absolute = path.toAbsolutePath().normalize();
        List<Path> checkpoints = List.of(absolute);
        if (!isCheckpoint(absolute)) {
            try (Stream<Path> children = Files.list(absolute)) {
                checkpoints = children.filter(ModelCatalogue::isCheckpoint).toList();
            } catch (IOException e) {
                throw new ModelException("The folder with models, " + path + ", cannot be read", e);
            }
        }
        for (Path checkpoint : checkpoints) {
            if (models.put(idOf(checkpoint), checkpoint) != null) {
                throw new ModelException("There are two models of the name " + idOf(checkpoint) + " in " + path
                        + ", a folder and a file: rename one of them");
            }
        }
        if (models.isEmpty()) {
            throw new ModelException("There is no model in " + path + ": neither it nor a folder directly below has a "
                    + INDEX + ", and there is no " + SINGLE_FILE + " file");
        }
        return new ModelCatalogue(models);
    }

    /** The name of a checkpoint: that of its folder, or of its file without the ending. */
    public static String idOf(Path checkpoint) {
        Path name = checkpoint.toAbsolutePath().normalize().getFileName();
        String text = name == null ? "model" : name.toString();
        return isSingleFile(checkpoint) ? text.substring(0, text.length() - SINGLE_FILE.length()) : text;
    }

    @Override
    public List<String> ids() {
        return List.copyOf(models.keySet());
    }

    @Override
    public Optional<HeldFiles> open(String id) {
        return Optional.ofNullable(models.get(id)).map(path -> new Local(ModelFiles.of(id, path)));
    }

    /** Files that nobody removes anyway. */
    private record Local(ModelFiles files) implements HeldFiles {
        @Override
        public void close() {}
    }

    private static boolean isCheckpoint(Path path) {
        return Files.isRegularFile(path.resolve(INDEX)) || isSingleFile(path);
    }

    private static boolean isSingleFile(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.endsWith(SINGLE_FILE)
                && !name.startsWith(".") // hidden, or of nothing but the ending
                && Files.isRegularFile(path);
    }
}
