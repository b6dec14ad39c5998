package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.safetensors.DataType;
import java.util.List;

/**
 * Where the values of a weight lie, and what is to be added to them.
 *
 * @param file the file, from the folder of its {@link TensorSource} on, with slashes
 * @param type F32, F16 or BF16
 * @param offset of the first byte in that file
 * @param length in bytes
 * @param changes of LoRAs; empty where the weight is what the file holds
 */
public record StoredTensor(String file, DataType type, long offset, long length, List<LowRank> changes) {
    public StoredTensor {
        changes = List.copyOf(changes);
    }

    /** A weight as the file holds it. */
    public StoredTensor(String file, DataType type, long offset, long length) {
        this(file, type, offset, length, List.of());
    }

    /** One of {@code parts} equal pieces, cut along the first dimension. */
    public StoredTensor part(int part, int parts) {
        long piece = length / parts;
        return new StoredTensor(
                file,
                type,
                offset + part * piece,
                piece,
                changes.stream().map(change -> change.part(part, parts)).toList());
    }

    StoredTensor with(List<LowRank> more) {
        return new StoredTensor(file, type, offset, length, more);
    }
}
