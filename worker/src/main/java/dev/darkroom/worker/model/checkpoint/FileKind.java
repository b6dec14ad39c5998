package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.nio.file.Path;

/** What a {@code .safetensors} file is, by the names in its header. */
public enum FileKind {
    /** A checkpoint, or anything else: opening it says which. */
    MODEL,
    LORA,
    EMBEDDING;

    /**
     * Reads the header.
     *
     * @throws ModelException when it cannot be read
     */
    public static FileKind of(Path path) throws ModelException {
        SingleFileKind.refusePickle(path);
        SafetensorsFile file = SafetensorsSource.file(path);
        if (SingleFileKind.isLora(file)) {
            return LORA;
        }
        return EmbeddingReader.looksLikeOne(file) ? EMBEDDING : MODEL;
    }
}
