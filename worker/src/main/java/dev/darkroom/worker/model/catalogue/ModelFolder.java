package dev.darkroom.worker.model.catalogue;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.FileKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder as a catalogue of the checkpoints directly below it, each under its own name: folders in the layout of
 * diffusers, and {@code .safetensors} files, without their ending. Or the path is itself a checkpoint, and the
 * catalogue holds that one. Of the files, LoRAs and textual inversions are told from models by their headers.
 */
public final class ModelFolder {
    /** What makes a folder a checkpoint. */
    static final String INDEX = "model_index.json";

    private static final String SINGLE_FILE = ".safetensors";

    private ModelFolder() {}

    /**
     * Reads a folder, or takes a file. Links in it are followed.
     *
     * @return by id
     * @throws ModelException when it cannot be read, holds no model, or two of the same name
     */
    public static List<CatalogueEntry> entries(Path path) throws ModelException {
        Map<String, CatalogueEntry> models = new TreeMap<>();
        Path absolute = path.toAbsolutePath().normalize();
        List<Path> checkpoints = List.of(absolute);
        if (!isCheckpoint(absolute)) {
            try (Stream<Path> children = Files.list(absolute)) {
                checkpoints = children.filter(ModelFolder::isCheckpoint).toList();
            } catch (IOException e) {
                throw new ModelException("The folder with models, " + path + ", cannot be read", e);
            }
        }
        for (Path checkpoint : checkpoints) {
            String id = idOf(checkpoint);
            CatalogueEntry.Kind kind = checkpoint.equals(absolute) ? CatalogueEntry.Kind.MODEL : kind(checkpoint);
            if (models.put(id, entry(kind, id, checkpoint)) != null) {
                throw new ModelException("There are two models of the name " + id + " in " + path
                        + ", a folder and a file: rename one of them");
            }
        }
        if (models.values().stream().noneMatch(entry -> entry.kind() == CatalogueEntry.Kind.MODEL)) {
            throw new ModelException("There is no model in " + path + ": neither it nor a folder directly below has a "
                    + INDEX + ", and there is no " + SINGLE_FILE + " file");
        }
        return List.copyOf(models.values());
    }

    private static CatalogueEntry entry(CatalogueEntry.Kind kind, String id, Path path) {
        Origin origin = new Origin(new Source.Local(path), Optional.empty());
        return kind == CatalogueEntry.Kind.MODEL
                ? CatalogueEntry.of(id, path)
                : CatalogueEntry.of(kind, id, origin, Optional.empty(), Optional.empty());
    }

    /** What is not readable is a model: who loads it is told why it is none. */
    private static CatalogueEntry.Kind kind(Path path) {
        try {
            return isSingleFile(path)
                    ? CatalogueEntry.Kind.valueOf(FileKind.of(path).name())
                    : CatalogueEntry.Kind.MODEL;
        } catch (ModelException e) {
            return CatalogueEntry.Kind.MODEL;
        }
    }

    /** The name of a checkpoint: that of its folder, or of its file without the ending. */
    public static String idOf(Path checkpoint) {
        Path name = checkpoint.toAbsolutePath().normalize().getFileName();
        String text = name == null ? "model" : name.toString();
        return text.endsWith(SINGLE_FILE) && !text.startsWith(".") && !Files.isDirectory(checkpoint)
                ? text.substring(0, text.length() - SINGLE_FILE.length())
                : text;
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
